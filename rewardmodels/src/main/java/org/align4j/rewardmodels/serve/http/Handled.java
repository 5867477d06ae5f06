package org.align4j.rewardmodels.serve.http;

/**
 * A request that was handled.
 *
 * @param route     the path it is served under, or {@code unknown}
 * @param questions asked, 0 where it came to none
 */
record Handled(Reply reply, String route, int questions, int answers) {}
