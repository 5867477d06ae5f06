package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;

/**
 * Attention over a packed layout, tile by tile. Families of segments that share no keys, and key/value heads, are dealt out to {@link Lanes}
 * by cost; a lane computes its share alone and in a fixed order, in float32 throughout. Scores live only while their tiles do; the backward pass computes them again.
 */
final class OneDnnAttention implements AutoCloseable {
    /** Below this many queries a tile is not worth packing: decoding, where one query meets a long cache. */
    private static final int FEW = 4;
    /** Most scores computed at once by a lane: what fits its cache. */
    private static final int SCORES = 1 << 17;
    private final Lanes lanes = new Lanes();

    Lanes lanes() {
        return lanes;
    }

    /** Segments and the key/value heads {@code firstHead … +heads} to compute for them. */
    private record Share(List<Segment> segments, int firstHead, int heads) {}

    private interface Work {
        void run(Lane lane, List<List<Tile>> segments, int firstHead, int heads);
    }

    void forward(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        List<Segment> many = layout.segments().stream().filter(s -> s.queryCount() > FEW).toList();
        deal(many, shape, layout.window(), (lane, segments, first, heads) -> {
            AttentionShape part = new AttentionShape(heads * shape.group(), heads, shape.headDim(), shape.scale());
            Tensor queries = queries(q, shape, first, heads);
            Tensor results = queries(out, shape, first, heads);
            try (PackedKeys pk = new PackedKeys(lane, segments, part).fill(keys(k, shape, first, heads));
                    PackedKeys pv = new PackedKeys(lane, segments, part).fill(keys(v, shape, first, heads))) {
                for (int i = 0; i < segments.get(0).size(); i++) {
                    try (PackedTiles t = new PackedTiles(lane, tiles(segments, i), part, queries, pk, layout.window());
                            Tensor o = t.alloc(t.rows, shape.headDim())) {
                        t.product(o, t.rows, shape.headDim(), t.keys, t.matrices(t.p), false, t.keyMatrices(pv), false, 1f, false);
                        t.unpackQueries(o, results);
                    }
                }
            }
        });
        FewQueries.forward(out, q, k, v, shape, layout, FEW);
    }

    private static List<Tile> tiles(List<List<Tile>> segments, int i) {
        return segments.stream().map(s -> s.get(i)).toList();
    }

    void backward(Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        deal(layout.segments(), shape, layout.window(), (lane, segments, first, heads) -> {
            AttentionShape part = new AttentionShape(heads * shape.group(), heads, shape.headDim(), shape.scale());
            try (PackedKeys pk = new PackedKeys(lane, segments, part).fill(keys(k, shape, first, heads));
                    PackedKeys pv = new PackedKeys(lane, segments, part).fill(keys(v, shape, first, heads));
                    PackedKeys pdk = new PackedKeys(lane, segments, part).zero(); PackedKeys pdv = new PackedKeys(lane, segments, part).zero()) {
                for (int i = 0; i < segments.get(0).size(); i++) {
                    try (PackedTiles t = new PackedTiles(lane, tiles(segments, i), part, queries(q, shape, first, heads), pk, layout.window())) {
                        backward(lane, t, queries(dq, shape, first, heads), queries(dOut, shape, first, heads), part, pk, pv, pdk, pdv);
                    }
                }
                pdk.addTo(keys(dk, shape, first, heads));
                pdv.addTo(keys(dv, shape, first, heads));
            }
        });
    }

    private static void backward(Lane lane, PackedTiles t, Tensor dq, Tensor dOut, AttentionShape shape, PackedKeys k, PackedKeys v, PackedKeys dk, PackedKeys dv) {
        int d = shape.headDim();
        try (Tensor g = t.queries(dOut); Tensor ds = t.alloc(t.rows, t.keys)) {
            t.product(t.keyMatrices(dv), t.keys, d, t.rows, t.matrices(t.p), true, t.matrices(g), false, 1f, true);
            t.product(ds, t.rows, t.keys, d, t.matrices(g), false, t.keyMatrices(v), true, 1f, false);
            lane.primitives().softmaxBackward(ds.rows(), t.keys).run(HostView.pointer(t.p), HostView.pointer(ds), HostView.pointer(ds));
            t.product(t.keyMatrices(dk), t.keys, d, t.rows, t.matrices(ds), true, t.matrices(t.q), false, shape.scale(), true);
            t.product(g, t.rows, d, t.keys, t.matrices(ds), false, t.keyMatrices(k), false, shape.scale(), false);
            t.unpackQueries(g, dq);
        }
    }

    private static Tensor queries(Tensor t, AttentionShape shape, int first, int heads) {
        int width = shape.group() * shape.headDim();
        return t.cols(first * width, heads * width);
    }

    private static Tensor keys(Tensor t, AttentionShape shape, int first, int heads) {
        return t.cols(first * shape.headDim(), heads * shape.headDim());
    }

    private void deal(List<Segment> segments, AttentionShape shape, int window, Work work) {
        if (segments.isEmpty()) {
            return;
        }
        List<List<Share>> shares = shares(Families.of(segments), shape.kvHeads(), lanes.count());
        lanes.run((lane, number) -> {
            for (Share s : shares.get(number)) {
                for (List<List<Tile>> alike : Tile.bySize(s.segments, window)) {
                    batches(alike, s, shape, (batch, first, heads) -> work.run(lane, batch, first, heads));
                }
            }
        });
    }

    private interface Batch {
        void run(List<List<Tile>> segments, int firstHead, int heads);
    }

    /** Several segments at once while their scores fit the cache, or some heads of one; numbers are powers of two, so that few shapes occur. */
    private static void batches(List<List<Tile>> segments, Share share, AttentionShape shape, Batch batch) {
        int group = shape.group();
        int perHead = group * segments.get(0).stream().mapToInt(t -> t.paddedCount() * t.paddedKeys()).max().orElseThrow();
        // oneDNN 3.11 takes the stride between matrices of one column for something else, so heads of width one are not batched.
        boolean single = shape.headDim() == 1;
        int heads = single ? 1 : Math.min(share.heads, Math.max(1, SCORES / perHead));
        int most = single ? 1 : Integer.highestOneBit(Math.max(1, SCORES / (perHead * heads)));
        for (int at = 0; at < segments.size(); ) {
            int n = Math.min(most, Integer.highestOneBit(segments.size() - at));
            for (int h = 0; h < share.heads; h += heads) {
                batch.run(segments.subList(at, at + n), share.firstHead + h, Math.min(heads, share.heads - h));
            }
            at += n;
        }
    }

    /** Cuts the list of (family, head) into runs of about equal cost, one for each lane. */
    private static List<List<Share>> shares(List<List<Segment>> families, int heads, int lanes) {
        long[] cost = new long[families.size()];
        long total = 0;
        for (int f = 0; f < cost.length; f++) {
            cost[f] = families.get(f).stream().mapToLong(Tile::cost).sum();
            total += cost[f] * heads;
        }
        List<List<Share>> result = new ArrayList<>();
        int family = 0;
        int head = 0;
        long done = 0;
        for (int lane = 0; lane < lanes; lane++) {
            long goal = total * (lane + 1) / lanes;
            List<Share> mine = new ArrayList<>();
            List<Segment> whole = new ArrayList<>();
            while (family < cost.length && (lane == lanes - 1 || done + cost[family] / 2 < goal)) {
                int n = 0;
                while (head + n < heads && (lane == lanes - 1 || done + cost[family] / 2 < goal)) {
                    done += cost[family];
                    n++;
                }
                if (n == heads) {
                    whole.addAll(families.get(family));
                } else {
                    mine.add(new Share(families.get(family), head, n));
                }
                head += n;
                if (head == heads) {
                    head = 0;
                    family++;
                }
            }
            if (!whole.isEmpty()) {
                mine.add(new Share(whole, 0, heads));
            }
            result.add(mine);
        }
        return result;
    }

    @Override
    public void close() {
        lanes.close();
    }
}
