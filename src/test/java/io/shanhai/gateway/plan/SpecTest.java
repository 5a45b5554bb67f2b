package io.shanhai.gateway.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecTest {

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text.replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'service':'user-svc'}", "{'match':{'path':'/api'},'service':'a','timeout':'2s','limits':['x']}",
            "{'match':{'exact':'/a','host':'*.example.com','methods':['get'],'headers':{'X-A':'1'},'query':{'v':2}},'upstream':'http://127.0.0.1:80'}",
            "{'match':{'template':'/users/{id}'},'respond':{'status':404,'body':{'a':1}}}", "{'upstream':'http://[::1]:80'}",
            "{'split':[{'service':'a','weight':9},{'service':'a','tags':{'v':'2'},'weight':1}],'retry':{'attempts':3,'statuses':[503]}}",
            "{'service':'a','match':{'regex':'/v[0-9]+/(a|b)'}}",
            "{'service':'a','match':{'headers':{'a':{'present':true},'b':{'present':false},'c':{'regex':'x.*'},'d':{'exact':'1'}}}}",
            "{'service':'a','balance':'least-request','mirror':{'service':'b','percent':0.5}}",
            "{'service':'a','balance':{'policy':'consistent-hash','key':'header:X-User','slowStart':'30s','ejection':false}}",
            "{'service':'a','balance':{'maxConnections':10,'maxPending':5,'ejection':{'failures':3,'time':'10s','percent':50}}}",
            "{'service':'a','retry':{'attempts':3,'on':['5xx','reset'],'perTry':'200ms','bodyBuffer':'64KiB','budget':{'percent':10,'min':1}}}",
            "{'service':'a','rewrite':{'stripPrefix':'/api','prefix':'/v2'}}"})
    void acceptsARoute(String spec) throws Exception {
        RouteSpec.parse(json(spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "{}|[]|no target",
            "[]|[, ]|an array",
            "{'service':'a','upstream':'http://b:1'}|[]|service and upstream",
            "{'servce':'a'}|[/servce, ]|did you mean \"service\"",
            "{'service':'a','match':{'path':'api'}}|[/match/path]|starts with /",
            "{'service':'a','match':{'path':'/a','exact':'/b'}}|[/match]|one of path, exact, template",
            "{'service':'a','match':{'template':'/x{id}'}}|[/match/template]|whole segment",
            "{'service':'a','match':{'regex':'/x('}}|[/match/regex]|RE2 syntax",
            "{'service':'a','match':{'regex':'(a)\\\\1'}}|[/match/regex]|without backreferences",
            "{'service':'a','match':{'regex':'((a{999}){999}){999}'}}|[/match/regex]|repeat counts",
            "{'service':'a','match':{'regex':'[]a](x{200,}){200}'}}|[/match/regex]|repeat counts",
            "{'service':'a','match':{'regex':'/x','path':'/x'}}|[/match]|one of path, exact, template",
            "{'service':'a','match':{'path':'/%zz'}}|[/match/path]|two hex digits",
            "{'service':'a','match':{'headers':{'x':{'regex':'['}}}}|[/match/headers/x/regex]|RE2 syntax",
            "{'service':'a','match':{'headers':{'x':{'exact':'1','present':true}}}}|[/match/headers/x]|one of exact",
            "{'service':'a','match':{'query':{'x':['1']}}}|[/match/query]|a string, or one of",
            "{'service':'a','match':{'host':'a:80'}}|[/match/host]|without port",
            "{'service':'a','match':{'methods':['G T']}}|[/match/methods]|HTTP method",
            "{'service':'a','timeout':'2'}|[/timeout]|200ms",
            "{'service':'a','timeout':'2h'}|[/timeout]|1ms..1h",
            "{'upstream':'https://a'}|[/upstream]|http://host:port",
            "{'upstream':'http://a:99999'}|[/upstream]|65535",
            "{'respond':{'status':99}}|[/respond/status]|200..599",
            "{'respond':{'headers':{'content-length':'1'}}}|[/respond/headers]|framing",
            "{'split':[{'service':'a','weight':0}]}|[/split]|weight above 0",
            "{'split':[{'weight':1}]}|[/split/0/service]|name of a service",
            "{'service':'a','balance':'random'}|[/balance]|round-robin",
            "{'service':'a','balance':'consistent-hash'}|[/balance]|needs a key",
            "{'service':'a','balance':{'policy':'consistent-hash'}}|[/balance/key]|is missing",
            "{'service':'a','balance':{'policy':'consistent-hash','key':'header:'}}|[/balance/key]|header:NAME",
            "{'service':'a','balance':{'key':'path'}}|[/balance/key]|consistent-hash only",
            "{'service':'a','balance':{'maxPending':1}}|[/balance/maxPending]|needs maxConnections",
            "{'service':'a','balance':{'ejection':{'time':'1h'}}}|[/balance/ejection/time]|5m",
            "{'service':'a','retry':{'on':['4xx']}}|[/retry/on]|connect-failure",
            "{'service':'a','retry':{'bodyBuffer':'2MiB'}}|[/retry/bodyBuffer]|1MiB",
            "{'service':'a','retry':{'statuses':[404]}}|[/retry/statuses]|500..599",
            "{'service':'a','mirror':{}}|[/mirror]|service or upstream",
            "{'service':'a','mirror':{'service':'b','percent':0}}|[/mirror/percent]|above 0",
            "{'service':'a','breaker':{}}|[/breaker]|not built yet",
            "{'service':'a','limits':'x'}|[/limits]|array of strings"})
    void refusesARouteAndSaysWhere(String spec, String paths, String message) throws Exception {
        InvalidSpecException refused = assertThrows(InvalidSpecException.class, () -> RouteSpec.parse(json(spec)));
        List<Violation> violations = refused.violations();
        assertEquals(paths, violations.stream().map(Violation::path).toList().toString());
        assertTrue(violations.stream().anyMatch(v -> v.message().contains(message)), violations::toString);
    }

    /// The estimate against what RE2 makes of it: never less than a third, so that the bound holds.
    @ParameterizedTest
    @ValueSource(strings = {"/a/b", "/v[0-9]+/(a|b)/.*", "(a{30}){30}", "((ab){3,9}c?){2,}", "[^]/]{1,40}/x", "a{,3}",
            "(x{2}){3}",
            "(?:\\d{4}-\\d{2}){1,7}", "(?i)abc", "((((a))))", "a|b|c|d{5}", "[[:alpha:]_]{10}"})
    void aPatternsSizeIsEstimated(String pattern) {
        int program = com.google.re2j.Pattern.compile(pattern).programSize();
        long estimate = PatternSize.of(pattern);
        assertTrue(3 * estimate + 10 >= program, pattern + ": " + estimate + " estimated, " + program + " in fact");
    }

    @Test
    void aRouteIsMatchedInItsNormalForm() throws Exception {
        assertEquals("/a%2Fb/~c", RouteSpec.parse(json("{'service':'a','match':{'exact':'/x/../a%2fb/%7ec'}}")).match().path());
        assertEquals("/v2/a", RouteSpec.parse(json("{'service':'a','match':{'path':'/%61'},'rewrite':'/%76%32/./a'}")).rewrite()
                .apply("/a"));
    }

    @Test
    void reportsAllThatIsWrongAtOnce() throws Exception {
        InvalidSpecException refused = assertThrows(InvalidSpecException.class,
                () -> RouteSpec.parse(json("{'match':{'path':'x','host':'y:1'},'timeout':'1','limits':[1]}")));
        assertEquals(5, refused.violations().size(), refused::getMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'algorithm':'sliding-window','limit':100,'window':'1s'}",
            "{'algorithm':'token-bucket','rate':10,'key':'route'}",
            "{'algorithm':'token-bucket','rate':10,'per':'1m','burst':5,'shadow':true}"})
    void acceptsALimit(String spec) throws Exception {
        LimitSpec.parse(json(spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "{}|/algorithm|sliding-window or token-bucket",
            "{'algorithm':'gcra'}|/algorithm|not built yet",
            "{'algorithm':'sliding-window'}|/limit|missing",
            "{'algorithm':'sliding-window','limit':0}|/limit|1..",
            "{'algorithm':'sliding-window','limit':1.5}|/limit|whole number",
            "{'algorithm':'sliding-window','limit':1,'window':'1ms'}|/window|10ms",
            "{'algorithm':'sliding-window','limit':1,'rate':2}|/rate|unknown field",
            "{'algorithm':'token-bucket','rate':1,'key':'client-ip'}|/key|not built yet",
            "{'algorithm':'token-bucket','rate':1,'shadow':'yes'}|/shadow|true or false"})
    void refusesALimitAndSaysWhere(String spec, String path, String message) throws Exception {
        InvalidSpecException refused = assertThrows(InvalidSpecException.class, () -> LimitSpec.parse(json(spec)));
        assertTrue(refused.violations().stream().anyMatch(v -> v.path().equals(path) && v.message().contains(message)),
                refused::getMessage);
    }

    @Test
    void burstDefaultsToTwiceTheRate() throws Exception {
        assertEquals(20, LimitSpec.parse(json("{'algorithm':'token-bucket','rate':10}")).burst());
    }

    @Test
    void aTextRewriteReplacesTheMatchedPrefix() throws Exception {
        RouteSpec spec = RouteSpec.parse(json("{'match':{'path':'/api'},'service':'a','rewrite':'/v2'}"));
        assertEquals("/v2/users", spec.rewrite().apply("/api/users"));
        assertEquals("/users",
                RouteSpec.parse(json("{'match':{'path':'/api'},'service':'a','rewrite':'/'}")).rewrite().apply("/api/users"));
        assertEquals("/", RouteSpec.parse(json("{'match':{'path':'/api'},'service':'a','rewrite':'/'}")).rewrite().apply("/api"));
    }
}
