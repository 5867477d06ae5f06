package org.align4j.core.model;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.PackedMatrix;
import org.align4j.core.backend.Tensor;

/**
 * A model made ready for many small passes, as in generation: its matrices are copied once, in the type of operands and in the order in which products
 * read them best ({@link Backend#pack}), since a pass over few rows takes as long as reading the weights does. That takes two bytes for every value with bfloat16
 * products and four with float32 ones; matrices in four bits stay what they are. The weights must not change before it is closed.
 */
public final class Decoder implements AutoCloseable {
    private final Transformer model;
    private final Backend backend;
    private final List<Block> blocks;
    private final PackedMatrix head;
    private float[] logits = new float[0];

    public Decoder(Transformer model) {
        this.model = model;
        backend = model.backend();
        blocks = model.blocks().stream().map(b -> b.packed(backend)).toList();
        head = backend.pack(model.head().weight(), false);
    }

    /**
     * Runs new tokens against a cache, which {@link KvCache#storeAt} has been told where to store them.
     *
     * @param segments who attends to whom; rows of no segment are computed for nothing
     * @param rows     whose logits are wanted
     * @return logits row after row, from the start of an array that is longer and good until the next call
     */
    public float[] step(int[] ids, int[] positions, List<Segment> segments, KvCache cache, int[] rows) {
        int vocabulary = model.config().vocabSize();
        // With fewer rows products add up in another order.
        int[] wanted = rows.length >= PackedMatrix.ROWS ? rows : Arrays.copyOf(rows, PackedMatrix.ROWS);
        try (Tensor states = model.states(blocks, ids, positions, new AttentionLayout(segments, 0), cache, wanted); Tensor operand = backend.operand(states);
                Tensor found = backend.alloc(wanted.length, vocabulary)) {
            backend.product(found, operand, head, false);
            int size = Math.multiplyExact(rows.length, vocabulary);
            if (logits.length < size) {
                logits = new float[size];
            }
            backend.download(found.rows(0, rows.length), logits, 0);
            return logits;
        }
    }

    @Override
    public void close() {
        blocks.forEach(Block::unpack);
        head.close();
    }
}
