package org.align4j.core.backend;

/** Everything that every backend must do. */
interface BackendConformance extends MemoryConformance, LinearAlgebraConformance, PackedConformance, NormConformance, RoundedResultsConformance, PointwiseConformance,
        TableConformance, AttentionConformance, HeadConformance, OptimizerConformance, DeterminismConformance, RefusalConformance {}
