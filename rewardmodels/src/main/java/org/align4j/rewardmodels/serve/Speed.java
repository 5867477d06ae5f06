package org.align4j.rewardmodels.serve;

/** How long an answer takes, smoothed over some tens of calls. Written by the model thread. */
final class Speed {
    private static final double NEWEST = 0.1;
    private volatile double secondsPerAnswer;

    void add(double seconds, int answers) {
        double each = seconds / answers;
        secondsPerAnswer = secondsPerAnswer == 0 ? each : (1 - NEWEST) * secondsPerAnswer + NEWEST * each;
    }

    /** 0 until something was computed. */
    double secondsPerAnswer() {
        return secondsPerAnswer;
    }
}
