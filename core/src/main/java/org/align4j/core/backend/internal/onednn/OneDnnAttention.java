package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;

/**
 * Attention over a packed layout. Families of segments that share no keys, and key/value heads, are dealt out to {@link Lanes} by cost; a lane
 * computes its share alone and in a fixed order. Scores live only while their tiles do; the backward pass computes them again.
 */
final class OneDnnAttention implements AutoCloseable {
    /** Up to so many queries a tile is not worth packing: decoding, where one query or a few meet a long cache. */
    private static final int FEW = 8;
    private final Lanes lanes = new Lanes();
    private final FewQueries fewQueries = new FewQueries(lanes);
    private final DType backwardType;

    /** @param half whether operands of products in the backward pass are rounded to bfloat16; without, as in the forward pass, all is float32 */
    OneDnnAttention(boolean half) {
        backwardType = half ? DType.BF16 : DType.F32;
    }

    Lanes lanes() {
        return lanes;
    }

    /** A family and the key/value heads {@code firstHead … +heads} to compute for it. */
    private record Share(List<Segment> segments, int firstHead, int heads) {}

    private interface Work {
        void run(FamilyAttention family, int firstHead, int heads);
    }

    void forward(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        List<Segment> many = layout.segments().stream().filter(s -> s.queryCount() > FEW).toList();
        deal(many, shape, layout.window(), DType.F32, (family, first, heads) -> family.forward(queries(out, shape, first, heads),
                queries(q, shape, first, heads), keys(k, shape, first, heads), keys(v, shape, first, heads)));
        fewQueries.forward(out, q, k, v, shape, layout, FEW);
    }

    void backward(Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        deal(layout.segments(), shape, layout.window(), backwardType, (family, first, heads) -> family.backward(queries(dq, shape, first, heads),
                keys(dk, shape, first, heads), keys(dv, shape, first, heads), queries(dOut, shape, first, heads), queries(q, shape, first, heads),
                keys(k, shape, first, heads), keys(v, shape, first, heads)));
    }

    private static Tensor queries(Tensor t, AttentionShape shape, int first, int heads) {
        int width = shape.group() * shape.headDim();
        return t.cols(first * width, heads * width);
    }

    private static Tensor keys(Tensor t, AttentionShape shape, int first, int heads) {
        return t.cols(first * shape.headDim(), heads * shape.headDim());
    }

    private void deal(List<Segment> segments, AttentionShape shape, int window, DType type, Work work) {
        if (segments.isEmpty()) {
            return;
        }
        List<List<Share>> shares = shares(Families.of(segments), shape.kvHeads(), lanes.count());
        lanes.run((lane, number) -> {
            for (Share s : shares.get(number)) {
                AttentionShape part = new AttentionShape(s.heads * shape.group(), s.heads, shape.headDim(), shape.scale());
                work.run(new FamilyAttention(lane, s.segments, part, window, type), s.firstHead, s.heads);
            }
        });
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
            while (family < cost.length && (lane == lanes - 1 || done + cost[family] / 2 < goal)) {
                int n = 0;
                while (head + n < heads && (lane == lanes - 1 || done + cost[family] / 2 < goal)) {
                    done += cost[family];
                    n++;
                }
                mine.add(new Share(families.get(family), head, n));
                head += n;
                if (head == heads) {
                    head = 0;
                    family++;
                }
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
