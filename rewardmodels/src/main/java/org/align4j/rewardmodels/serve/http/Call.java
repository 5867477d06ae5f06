package org.align4j.rewardmodels.serve.http;

import java.util.Map;

/**
 * A request as it came.
 *
 * @param path    without the query
 * @param headers names in lower case, the first value of each
 * @param id      names the request in the reply and the log
 */
record Call(String method, String path, Map<String, String> headers, byte[] body, String id) {

    String header(String lowerCaseName) {
        return headers.get(lowerCaseName);
    }
}
