package org.align4j.recipes.run;

import org.align4j.recipes.bench.Bench;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.quickstart.Quickstart;
import org.align4j.recipes.study.Studies;

/** Everything the command line can do. */
public final class AllCommands implements Commands {

    @Override
    public void run(RunRequest request, Terminal terminal) {
        RunCommands.run(request, terminal);
    }

    @Override
    public void check(CheckRequest request, Terminal terminal) {
        RunCommands.check(request, terminal);
    }

    @Override
    public void study(StudyRequest request, Terminal terminal) {
        Studies.run(request, terminal);
    }

    @Override
    public void quickstart(QuickstartRequest request, Terminal terminal) {
        Quickstart.run(request.output(), request.seed(), terminal.out());
    }

    @Override
    public void logProbs(LogProbsRequest request, Terminal terminal) {
        LogProbs.run(request, terminal);
    }

    @Override
    public void generate(GenerateRequest request, Terminal terminal) {
        Generate.run(request, terminal);
    }

    @Override
    public void sample(SampleRequest request, Terminal terminal) {
        SampleCommandWork.run(request, terminal);
    }

    @Override
    public void select(SelectRequest request, Terminal terminal) {
        SelectCommandWork.run(request, terminal);
    }

    @Override
    public void mergeAdapter(MergeAdapterRequest request, Terminal terminal) {
        MergeAdapter.run(request, terminal);
    }

    @Override
    public void merge(MergeRequest request, Terminal terminal) {
        MergeModels.run(request, terminal);
    }

    @Override
    public void evaluateReward(EvaluateRewardRequest request, Terminal terminal) {
        EvaluateReward.run(request, terminal);
    }

    @Override
    public void eval(EvalRequest request, Terminal terminal) {
        Eval.run(request, terminal);
    }

    @Override
    public void score(ScoreRequest request, Terminal terminal) {
        Score.run(request, terminal);
    }

    @Override
    public void serve(ServeRequest request, Terminal terminal) {
        Serve.run(request, terminal);
    }

    @Override
    public void bench(BenchRequest request, Terminal terminal) {
        Bench.run(request, terminal);
    }

    @Override
    public void doctor(DoctorRequest request, Terminal terminal) {
        Doctor.run(request, terminal);
    }
}
