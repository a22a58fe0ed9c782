"""Rules of dashboards, channels, uptime checks and SLOs: what each refuses, where, and what it lets pass."""

import base64
import json

import pytest

from vigil_apimodel.rules import UNKNOWN, channels, dashboards, required, slos, uptime
from vigil_apimodel.tokens import ALERT_POLICY, CHANNEL, DASHBOARD, PROJECT_EXCLUSION, SLO, UPTIME_CHECK

REQUESTS = 'metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision"'
FAILURES = f'{REQUESTS} metric.labels.response_code_class="5xx"'
POST = {"requestMethod": "POST", "contentType": "URL_ENCODED"}
NAME = "projects/p/services/s/serviceLevelObjectives/l"


def dashboard(**document):
    return {"dashboardJson": json.dumps({"displayName": "d", **document})}


def grid(*widgets, **document):
    return dashboard(gridLayout={"widgets": list(widgets)}, **document)


def mosaic(*tiles, columns=48):
    return dashboard(mosaicLayout={"columns": columns, "tiles": list(tiles)})


def tile(widget=None, **fields):
    return {"width": 24, "height": 16, "widget": widget or {"blank": {}}, **fields}


def chart(query=REQUESTS, plot="LINE", **fields):
    series = {"timeSeriesFilter": {"filter": query}}
    return {"xyChart": {"dataSets": [{"timeSeriesQuery": series, "plotType": plot}], **fields}}


def burning(*conditions, combiner="AND"):
    return {
        "combiner": combiner,
        "conditions": [
            {
                "conditionThreshold": {
                    "filter": f'select_slo_burn_rate("{NAME}", "{window}")',
                    "comparison": "COMPARISON_GT",
                    "thresholdValue": rate,
                }
            }
            for window, rate in conditions
        ],
    }


def slo(**fields):
    ratio = {"goodTotalRatio": {"badServiceFilter": FAILURES, "totalServiceFilter": REQUESTS}}
    return {"goal": 0.995, "rollingPeriodDays": 28, "requestBasedSli": ratio, **fields}


def ratio(**filters):
    return slo(requestBasedSli={"goodTotalRatio": filters})


CUT = {"distributionCut": {"distributionFilter": REQUESTS, "range": {"min": 3}}}


def windows(**fields):
    return slo(requestBasedSli=None, windowsBasedSli={"windowPeriod": "60s", **fields})


def http(**fields):
    return check(httpCheck=fields)


def check(**fields):
    return {"period": "60s", "timeout": "10s", "httpCheck": {"path": "/"}, **fields}


BROKEN = {
    "dashboard-json": [
        (DASHBOARD, {"dashboardJson": "{"}, "dashboardJson", "not JSON"),
        (DASHBOARD, {"dashboardJson": "[]"}, "dashboardJson", "a JSON object"),
        (DASHBOARD, {"dashboardJson": '{"gridLayout": {}}'}, "dashboardJson.displayName", "needs a name"),
    ],
    "dashboard-unnamed-field": [
        (DASHBOARD, grid({"contentOfTomorrow": {}}), "gridLayout.widgets[0].contentOfTomorrow", "check its spelling"),
        (DASHBOARD, grid(mood="bright"), "mood", "check its spelling"),
    ],
    "dashboard-server-fields": [
        (DASHBOARD, grid(etag="x"), "dashboardJson.etag", "remove it"),
        (DASHBOARD, grid(name="projects/p/dashboards/x"), "dashboardJson.name", "remove it"),
    ],
    "dashboard-layout": [
        (DASHBOARD, dashboard(), "dashboardJson", "0 layouts"),
        (DASHBOARD, dashboard(gridLayout={"widgets": []}, mosaicLayout={}), "dashboardJson", "2 layouts"),
    ],
    "dashboard-unknown-field": [
        (
            DASHBOARD,
            dashboard(mosaicLayout={"columns": 48, "tiles": [], "legacyRows": []}),
            "mosaicLayout.legacyRows",
            "has columns, tiles",
        ),
        (DASHBOARD, mosaic(tile(zPos=1)), "mosaicLayout.tiles[0].zPos", "remove it"),
    ],
    "dashboard-widget-count": [(DASHBOARD, grid(*[{"blank": {}}] * 101), "dashboardJson", "at most 100")],
    "dashboard-widget-count-cautious": [(DASHBOARD, grid(*[{"blank": {}}] * 51), "dashboardJson", "51 widgets")],
    "dashboard-labels": [
        (DASHBOARD, grid(labels={f"k{n}": "" for n in range(65)}), "dashboardJson.labels", "at most 64")
    ],
    "dashboard-mosaic": [
        (DASHBOARD, mosaic(columns=49), "mosaicLayout.columns", "use 12 or 48"),
        (DASHBOARD, mosaic(tile(xPos=-1)), "mosaicLayout.tiles[0]", "0 or more"),
        (DASHBOARD, mosaic(tile(width=0)), "mosaicLayout.tiles[0].width", "at least 1"),
        (DASHBOARD, mosaic({"width": 4, "widget": {"blank": {}}}), "mosaicLayout.tiles[0].height", "at least 1"),
        (DASHBOARD, mosaic(tile(xPos=25)), "mosaicLayout.tiles[0]", "ends at column 49"),
    ],
    "dashboard-widget-content": [
        (DASHBOARD, grid({"title": "t"}), "gridLayout.widgets[0]", "the widget is empty"),
        (DASHBOARD, grid({**chart(), "text": {"content": "x"}}), "gridLayout.widgets[0]", "2 contents"),
    ],
    "dashboard-mosaic-only": [
        (DASHBOARD, grid({"sectionHeader": {}}), "gridLayout.widgets[0].sectionHeader", "use that layout"),
        (
            DASHBOARD,
            dashboard(columnLayout={"columns": [{"widgets": [{"collapsibleGroup": {}}]}]}),
            "columnLayout.columns[0].widgets[0].collapsibleGroup",
            "only allowed in mosaicLayout",
        ),
    ],
    "dashboard-timeshift": [
        (
            DASHBOARD,
            grid(chart(timeshiftDuration="30s")),
            "gridLayout.widgets[0].xyChart.timeshiftDuration",
            "less than a minute",
        )
    ],
    "dashboard-timeshift-plot": [
        (
            DASHBOARD,
            grid(chart(plot="STACKED_BAR", timeshiftDuration="3600s")),
            "gridLayout.widgets[0].xyChart.dataSets[0].plotType",
            "use LINE",
        )
    ],
    "dashboard-filter-syntax": [
        (
            DASHBOARD,
            mosaic(tile(chart(query="metric.type="))),
            "mosaicLayout.tiles[0].widget.xyChart.dataSets[0].timeSeriesQuery.timeSeriesFilter.filter",
            "a value is expected",
        )
    ],
    "dashboard-log-filter": [
        (
            DASHBOARD,
            dashboard(rowLayout={"rows": [{"widgets": [{"logsPanel": {"filter": "service=x"}}]}]}),
            "rowLayout.rows[0].widgets[0].logsPanel.filter",
            "did you mean jsonPayload.service",
        )
    ],
    "dashboard-variable": [
        (
            DASHBOARD,
            grid(chart(query=f"{REQUESTS} ${{service}}"), dashboardFilters=[{"templateVariable": "zone"}]),
            "gridLayout.widgets[0].xyChart.dataSets[0].timeSeriesQuery.timeSeriesFilter.filter",
            "add one with templateVariable 'service'",
        )
    ],
    "channel-description": [
        (CHANNEL, {"type": "email", "labels": {"email_address": "a"}, "description": "x" * 1025}, "description", "1024")
    ],
    "alert-required": [
        (ALERT_POLICY, {"displayName": ""}, "displayName", "needs it"),
        (ALERT_POLICY, {"conditions": [{"displayName": " "}]}, "conditions[0].displayName", "needs it"),
        (ALERT_POLICY, {"conditions": [{"conditionAbsent": {}}]}, "conditions[0].conditionAbsent.filter", "needs it"),
        (
            ALERT_POLICY,
            {"conditions": [{"conditionThreshold": {"filter": "f", "comparison": ""}}]},
            "conditions[0].conditionThreshold.comparison",
            "needs it",
        ),
    ],
    "channel-required": [(CHANNEL, {}, "type", "needs it"), (CHANNEL, {"type": ""}, "type", "needs it")],
    "exclusion-required": [(PROJECT_EXCLUSION, {"name": "all"}, "filter", "needs it")],
    "channel-type": [(CHANNEL, {"type": "webhook"}, "type", "there is no type 'webhook'")],
    "channel-labels": [
        (CHANNEL, {"type": "email"}, "labels.email_address", "needs it"),
        (CHANNEL, {"type": "email", "labels": {"email_address": " "}}, "labels.email_address", "needs it"),
        (CHANNEL, {"type": "slack", "labels": {"channel_name": "#ops"}}, "sensitiveLabels.authToken", "as a secret"),
        (CHANNEL, {"type": "pagerduty"}, "sensitiveLabels.serviceKey", "as a secret"),
    ],
    "channel-secret": [
        (
            CHANNEL,
            {"type": "pagerduty", "labels": {"service_key": "k"}},
            "labels.service_key",
            "move it to sensitiveLabels.serviceKey",
        )
    ],
    "channel-topic": [
        (CHANNEL, {"type": "pubsub", "labels": {"topic": "alerts"}}, "labels.topic", "use the topic's .id")
    ],
    "channel-url": [
        (CHANNEL, {"type": "webhook_tokenauth", "labels": {"url": "example.com"}}, "labels.url", "https://")
    ],
    "uptime-period": [(UPTIME_CHECK, check(period="120s"), "period", '"60s", "300s"')],
    "uptime-timeout": [
        (UPTIME_CHECK, check(timeout="0s"), "timeout", "within 1 and 60"),
        (UPTIME_CHECK, check(timeout="61s"), "timeout", "within 1 and 60"),
        (UPTIME_CHECK, check(timeout=None), "timeout", "it is missing"),
    ],
    "uptime-content": [
        (UPTIME_CHECK, check(contentMatchers=[{"content": "é" * 513}]), "contentMatchers[0].content", "at most 1024")
    ],
    "uptime-content-first": [
        (UPTIME_CHECK, check(contentMatchers=[{"content": "a"}, {"content": "b"}]), "contentMatchers", "only the first")
    ],
    "uptime-request": [
        (
            UPTIME_CHECK,
            check(httpCheck={"headers": {f"h{n}": "v" for n in range(101)}}),
            "httpCheck.headers",
            "at most 100",
        ),
        (UPTIME_CHECK, http(**POST, body="not base64!"), "httpCheck.body", "encode it"),
        (
            UPTIME_CHECK,
            http(**POST, body=base64.b64encode(b"x" * 1_048_577).decode()),
            "httpCheck.body",
            "at most 1048576",
        ),
    ],
    "uptime-regions": [
        (UPTIME_CHECK, check(selectedRegions=["EUROPE", "ASIA_PACIFIC"]), "selectedRegions", "2 location")
    ],
    "uptime-pings": [
        (UPTIME_CHECK, check(httpCheck={"pingConfig": {"pingsCount": 4}}), "httpCheck.pingConfig.pingsCount", "1 to 3")
    ],
    "uptime-kind": [
        (UPTIME_CHECK, check(tcpCheck={"port": 1}), "tcpCheck", "keep one"),
        (UPTIME_CHECK, check(httpCheck=None), "httpCheck", "nothing says how to check"),
    ],
    "uptime-tcp-port": [(UPTIME_CHECK, check(httpCheck=None, tcpCheck={}), "tcpCheck.port", "it is missing")],
    "uptime-content-type": [
        (UPTIME_CHECK, http(body="eA=="), "httpCheck.body", "a GET sends no body"),
        (UPTIME_CHECK, http(requestMethod="GET", contentType="URL_ENCODED"), "httpCheck.contentType", "a GET has no"),
        (UPTIME_CHECK, http(customContentType="a/b"), "httpCheck.customContentType", "a GET has no"),
        (
            UPTIME_CHECK,
            http(requestMethod="POST", contentType="TYPE_UNSPECIFIED"),
            "httpCheck.contentType",
            "a POST needs",
        ),
        (
            UPTIME_CHECK,
            http(requestMethod="POST", contentType="URL_ENCODED", headers={"content-TYPE": "a/b"}),
            "httpCheck.headers",
            "does not stand among the headers",
        ),
        (
            UPTIME_CHECK,
            http(requestMethod="POST", contentType="URL_ENCODED", customContentType="a/b"),
            "httpCheck.customContentType",
            "remove this",
        ),
        (
            UPTIME_CHECK,
            http(requestMethod="POST", contentType="USER_PROVIDED"),
            "httpCheck.customContentType",
            "say which",
        ),
    ],
    "uptime-json-path": [
        (
            UPTIME_CHECK,
            check(contentMatchers=[{"content": "1", "matcher": kind, **more}]),
            "contentMatchers[0].jsonPathMatcher.jsonPath",
            "needs a path",
        )
        for kind in ("MATCHES_JSON_PATH", "NOT_MATCHES_JSON_PATH")
        for more in ({}, {"jsonPathMatcher": {}}, {"jsonPathMatcher": {"jsonPath": ""}})
    ]
    + [
        (
            UPTIME_CHECK,
            check(
                contentMatchers=[{"content": "1", "matcher": "CONTAINS_STRING", "jsonPathMatcher": {"jsonPath": "$.a"}}]
            ),
            "contentMatchers[0].jsonPathMatcher",
            "remove it",
        )
    ],
    "uptime-masked-header": [
        (
            UPTIME_CHECK,
            check(httpCheck={"headers": {"Authorization": "Bearer x"}}),
            "httpCheck.maskHeaders",
            "set it to true",
        )
    ],
    "slo-goal": [
        (SLO, slo(goal=0), "goal", "greater than 0"),
        (SLO, slo(goal=1), "goal", "at most 0.9999"),
        (SLO, slo(goal=99.5), "goal", "a fraction"),
    ],
    "slo-period": [
        (SLO, slo(rollingPeriodDays=31), "rollingPeriodDays", "1 to 30"),
        (SLO, slo(rollingPeriodDays=0.5), "rollingPeriodDays", "whole days"),
        (SLO, slo(calendarPeriod="MONTH"), "calendarPeriod", "keep one"),
        (SLO, slo(rollingPeriodDays=None, calendarPeriod="YEAR"), "calendarPeriod", "FORTNIGHT"),
        (SLO, slo(rollingPeriodDays=None), "rollingPeriodDays", "needs a period"),
    ],
    "slo-sli": [
        (SLO, slo(requestBasedSli=None), "requestBasedSli", "exactly one"),
        (SLO, slo(basicSli={"availability": {}}), "requestBasedSli", "2 indicators"),
    ],
    "slo-criterion": [
        (SLO, slo(requestBasedSli={}), "requestBasedSli", "0 criteria"),
        (SLO, windows(), "windowsBasedSli", "0 criteria (none): give exactly one of goodBadMetricFilter"),
        (
            SLO,
            windows(goodBadMetricFilter=REQUESTS, metricSumInRange={"timeSeries": REQUESTS, "range": {"max": 1}}),
            "windowsBasedSli",
            "2 criteria",
        ),
    ],
    "slo-range": [
        (SLO, slo(requestBasedSli=CUT), "requestBasedSli.distributionCut.range", "min is 3 and max is 0"),
        *(
            (
                SLO,
                windows(**{kind: {"timeSeries": REQUESTS, "range": ends}}),
                f"windowsBasedSli.{kind}.range",
                "greater than min",
            )
            for kind in ("metricMeanInRange", "metricSumInRange")
            for ends in ({}, {"min": 1440}, {"min": 5, "max": 1}, {"min": 1, "max": 1}, {"max": -1})
        ),
        (
            SLO,
            windows(goodTotalRatioThreshold={"threshold": 0.5, "performance": CUT}),
            "windowsBasedSli.goodTotalRatioThreshold.performance.distributionCut.range",
            "greater than min",
        ),
    ],
    "slo-window": [
        (
            SLO,
            windows(windowPeriod=None, goodBadMetricFilter=REQUESTS),
            "windowsBasedSli.windowPeriod",
            "it is missing",
        ),
        (
            SLO,
            windows(windowPeriod="420s", goodBadMetricFilter=REQUESTS),
            "windowsBasedSli.windowPeriod",
            "divides a day",
        ),
        (
            SLO,
            windows(windowPeriod="30s", goodBadMetricFilter=REQUESTS),
            "windowsBasedSli.windowPeriod",
            '"60s"',
        ),
    ],
    "slo-filter-syntax": [
        (
            SLO,
            ratio(badServiceFilter="metric.type=", totalServiceFilter=REQUESTS),
            "requestBasedSli.goodTotalRatio.badServiceFilter",
            "a value is expected",
        )
    ],
    "slo-ratio-parts": [
        (SLO, ratio(totalServiceFilter=REQUESTS), "requestBasedSli.goodTotalRatio", "give two"),
        (
            SLO,
            ratio(totalServiceFilter=REQUESTS, badServiceFilter=FAILURES, goodServiceFilter=FAILURES),
            "requestBasedSli.goodTotalRatio",
            "3 filters",
        ),
    ],
    "slo-metric-kind": [
        (
            SLO,
            ratio(
                badServiceFilter='metric.type="run.googleapis.com/container/instance_count"',
                totalServiceFilter='metric.type="run.googleapis.com/container/instance_count"',
            ),
            "requestBasedSli.goodTotalRatio.totalServiceFilter",
            "DELTA or CUMULATIVE",
        ),
        (
            SLO,
            slo(requestBasedSli={"distributionCut": {"distributionFilter": REQUESTS, "range": {"max": 1}}}),
            "requestBasedSli.distributionCut.distributionFilter",
            "needs a DISTRIBUTION",
        ),
    ],
    "slo-ratio-refinement": [
        (
            SLO,
            ratio(badServiceFilter=FAILURES, totalServiceFilter=f'{REQUESTS} resource.labels.location="eu"'),
            "requestBasedSli.goodTotalRatio.badServiceFilter",
            'add resource.labels.location = "eu"',
        )
    ],
    "burn-rate-lookback": [
        (ALERT_POLICY, burning(("259200s", 1), ("21600s", 1)), "conditions[0].conditionThreshold.filter", "24 hours"),
        (ALERT_POLICY, burning(("72h", 1), ("6h", 1)), "conditions[0].conditionThreshold.filter", "24 hours"),
    ],
    "burn-rate-single-window": [(ALERT_POLICY, burning(("3600s", 14.4)), "conditions", "add one of 300")],
    "burn-rate-combiner": [
        (ALERT_POLICY, burning(("300s", 14.4), ("3600s", 14.4), combiner="OR"), "combiner", "use AND")
    ],
    "burn-rate-thresholds": [(ALERT_POLICY, burning(("300s", 14.4), ("3600s", 6)), "conditions", "(6, 14.4)")],
}
ALLOWED = [
    (DASHBOARD, {"dashboardJson": UNKNOWN}),
    (DASHBOARD, grid(*[{"blank": {}}] * 50, labels={"team": ""})),
    (DASHBOARD, mosaic(tile(), tile(xPos=24), tile({"collapsibleGroup": {}}, width=48))),
    (DASHBOARD, mosaic(tile(width=6, xPos=6), columns=12)),
    (DASHBOARD, grid(chart(timeshiftDuration="0s", plot="STACKED_BAR"), chart(timeshiftDuration="60s"))),
    (
        DASHBOARD,
        grid(chart(query=f"{REQUESTS} ${{service}}"), dashboardFilters=[{"templateVariable": "service"}]),
    ),
    (CHANNEL, {"type": "slack", "labels": {"channel_name": "#x"}, "sensitiveLabels": {"authToken": UNKNOWN}}),
    (CHANNEL, {"type": "slack", "labels": {"channel_name": "#x"}, "sensitiveLabels": {"authTokenWo": "t"}}),
    (CHANNEL, {"type": "pagerduty", "sensitiveLabels": UNKNOWN}),
    (CHANNEL, {"type": "webhook_tokenauth", "labels": {"url": "http://127.0.0.1:9"}}),
    (CHANNEL, {"type": "google_chat", "labels": {"space": "spaces/x"}}),
    (UPTIME_CHECK, check(selectedRegions=["USA"], contentMatchers=[{"content": "é" * 512}])),
    (
        UPTIME_CHECK,
        check(period="900s", timeout="60s", httpCheck={**POST, "body": "eA==", "pingConfig": {"pingsCount": 3}}),
    ),
    (UPTIME_CHECK, http(requestMethod=UNKNOWN, contentType="URL_ENCODED", body="eA==")),
    (UPTIME_CHECK, http(headers={"Content-Type": "a/b"})),
    (UPTIME_CHECK, check(selectedRegions=["EUROPE", "ASIA_PACIFIC", "USA_OREGON", "EUROPE"])),
    (UPTIME_CHECK, check(httpCheck={"headers": {"Authorization": "x"}, "maskHeaders": True})),
    (SLO, slo()),
    (SLO, slo(goal=0.9999, rollingPeriodDays=30)),
    (SLO, slo(goal=UNKNOWN, rollingPeriodDays=UNKNOWN)),
    (SLO, slo(rollingPeriodDays=None, calendarPeriod="WEEK")),
    (SLO, windows(windowPeriod="86400s", goodBadMetricFilter=REQUESTS)),
    (SLO, windows(metricSumInRange={"timeSeries": REQUESTS, "range": {"min": UNKNOWN}})),
    (SLO, windows(metricSumInRange={"timeSeries": REQUESTS, "range": {"max": 5}})),
    (SLO, windows(metricMeanInRange={"timeSeries": REQUESTS, "range": {"min": -5}})),
    (SLO, slo(requestBasedSli=UNKNOWN)),
    (ALERT_POLICY, burning(("5m", 14.4), ("3600s", 14.4))),
    (ALERT_POLICY, burning(("7200s", 3), ("86400s", 3))),
]


def test_each_rule_has_a_case(rules_of):
    assert set(BROKEN) == rules_of(dashboards, channels, required, uptime, slos)


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule in BROKEN for case in BROKEN[rule]])
def test_what_is_refused(broken, rule, case):
    resource_type, inputs, field, words = case
    found = broken(resource_type, inputs)
    assert any(place == field and words in message for place, message in found.get(rule, [])), found


@pytest.mark.parametrize(("resource_type", "inputs"), ALLOWED)
def test_what_is_allowed(broken, resource_type, inputs):
    assert broken(resource_type, inputs) == {}
