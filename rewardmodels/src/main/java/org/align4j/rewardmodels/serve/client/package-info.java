/** Asking a service over HTTP: {@link org.align4j.rewardmodels.serve.client.ScoreClient}. */
package org.align4j.rewardmodels.serve.client;
