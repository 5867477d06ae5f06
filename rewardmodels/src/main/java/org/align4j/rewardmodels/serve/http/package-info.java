/** {@link org.align4j.rewardmodels.serve.ScoreService} over HTTP, on the server that comes with the JDK: {@link org.align4j.rewardmodels.serve.http.ScoreServer}. */
package org.align4j.rewardmodels.serve.http;
