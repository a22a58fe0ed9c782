"""Pub/Sub: `pubsub.googleapis.com`. Sampled every 60 seconds, visible up to 240 seconds later."""

from vigil_apimodel.metrics.google_table import table

SUBSCRIPTION = "pubsub_subscription"
TOPIC = "pubsub_topic"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub"
_SUBSCRIPTIONS = """
subscription/oldest_unacked_message_age  gauge INT64  s GA -             Age of the oldest unacknowledged message
subscription/num_undelivered_messages    gauge INT64  1 GA -             Messages that nobody acknowledged
subscription/backlog_bytes               gauge INT64 By GA -             Bytes that nobody acknowledged
subscription/dead_letter_message_count   delta INT64  1 GA response_code Messages sent to the dead-letter topic
subscription/expired_ack_deadlines_count delta INT64  1 GA delivery_type Messages held beyond their deadline
subscription/sent_message_count          delta INT64  1 GA delivery_type Messages sent to subscribers
subscription/ack_message_count           delta INT64  1 GA delivery_type Messages that subscribers acknowledged
subscription/ack_latencies        delta DISTRIBUTION ms GA delivery_type Time from sending to acknowledging
subscription/push_request_latencies delta DISTRIBUTION us GA response_code,delivery_type Time that push endpoints took
"""
_PUSHES = """
subscription/push_request_count delta INT64 1 GA response_class,response_code,delivery_type Pushes to the endpoint
"""
_TOPICS = """
topic/send_request_count   delta INT64        1  GA response_class,response_code Publish requests
topic/message_sizes        delta DISTRIBUTION By GA - Sizes of published messages
"""
_BY_NAME = {
    **table("pubsub.googleapis.com", _PAGE, SUBSCRIPTION, _SUBSCRIPTIONS),
    **table("pubsub.googleapis.com", _PAGE, SUBSCRIPTION, _PUSHES, values={"response_class": (
        "ack", "deadline_exceeded", "internal", "invalid", "remote_server_4xx", "remote_server_5xx", "unreachable",
    )}),
    **table(
        "pubsub.googleapis.com", _PAGE, TOPIC, _TOPICS, values={"response_class": ("success", "invalid", "internal")}
    ),
}  # fmt: skip

OLDEST_UNACKED = _BY_NAME["subscription/oldest_unacked_message_age"]
UNDELIVERED = _BY_NAME["subscription/num_undelivered_messages"]
DEAD_LETTERS = _BY_NAME["subscription/dead_letter_message_count"]
EXPIRED_DEADLINES = _BY_NAME["subscription/expired_ack_deadlines_count"]
SENT = _BY_NAME["subscription/sent_message_count"]
ACKNOWLEDGED = _BY_NAME["subscription/ack_message_count"]
PUSHES = _BY_NAME["subscription/push_request_count"]
PUBLISHED = _BY_NAME["topic/send_request_count"]

METRICS = tuple(_BY_NAME.values())
