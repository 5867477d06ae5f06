package org.align4j.rewardmodels.online;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rollouts on disk: JSON, whose numbers are read back to the bit. */
final class RolloutFiles {
    static final String NAME = "rollouts.json";

    private RolloutFiles() {}

    static void write(Path file, Rollouts r) throws IOException {
        List<Map<String, Object>> groups = new ArrayList<>();
        for (Group g : r.groups()) {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("file", g.at().file());
            m.put("row", g.at().row());
            m.put("prompt", g.prompt());
            m.put("responses", g.responses().stream().map(Group.Response::ids).toList());
            m.put("ended", g.responses().stream().map(Group.Response::ended).toList());
            groups.add(m);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("groups", groups);
        all.put("scores", r.scores());
        all.put("rewards", r.rewards());
        all.put("log_probs", r.logProbs());
        all.put("reference", r.reference());
        all.put("values", r.values());
        Files.write(file, JsonMapper.shared().writeValueAsString(all).getBytes(StandardCharsets.UTF_8));
    }

    static Rollouts read(Path file) {
        JsonNode all;
        try {
            all = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Delete the checkpoint it is part of and resume again.", e);
        }
        List<Group> groups = new ArrayList<>();
        for (JsonNode g : all.get("groups")) {
            List<Group.Response> responses = new ArrayList<>();
            for (int i = 0; i < g.get("responses").size(); i++) {
                responses.add(new Group.Response(ints(g.get("responses").get(i)), Double.NaN, null, g.get("ended").get(i).asBoolean()));
            }
            groups.add(new Group(new Location(g.get("file").asString(), g.get("row").asLong()), ints(g.get("prompt")), responses));
        }
        return new Rollouts(groups, doubles(all.get("scores")), doubles(all.get("rewards")), rows(all.get("log_probs")), rows(all.get("reference")),
                rows(all.get("values")));
    }

    private static int[] ints(JsonNode n) {
        int[] out = new int[n.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = n.get(i).asInt();
        }
        return out;
    }

    private static double[] doubles(JsonNode n) {
        double[] out = new double[n.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = n.get(i).asDouble();
        }
        return out;
    }

    private static double[][] rows(JsonNode n) {
        if (n.isNull()) {
            return null;
        }
        double[][] out = new double[n.size()][];
        for (int i = 0; i < out.length; i++) {
            out[i] = doubles(n.get(i));
        }
        return out;
    }
}
