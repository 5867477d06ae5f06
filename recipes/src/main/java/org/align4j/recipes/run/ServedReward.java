package org.align4j.recipes.run;

import java.util.Set;
import java.util.function.Function;
import org.align4j.recipes.cli.Commands.RewardRequest;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.serve.ModelSource;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.TokenCount;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;

/**
 * What a command was told to score with.
 *
 * @param service starts a service over it
 * @param endings texts that close an answer
 */
record ServedReward(Function<ServiceOptions, ScoreService> service, Set<String> endings) {

    /** Says at once what is wrong with the choice, if something is. */
    static ServedReward of(RewardRequest request) {
        if (request.verifier().isPresent()) {
            Reward rule = Verifiers.of(VerifierSpec.parse(request.verifier().get()));
            return new ServedReward(options -> new ScoreService(() -> rule, TokenCount.ESTIMATE, options), Set.of());
        }
        ModelSource model = ModelSource.of(request.model().orElseThrow(), request.backend(), request.precision().wanted());
        return new ServedReward(model::service, model.endings());
    }
}
