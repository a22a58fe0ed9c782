"""Pulumi's tokens of the resource types of Cloud Logging and Cloud Monitoring."""

ALERT_POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
DASHBOARD = "gcp:monitoring/dashboard:Dashboard"
SLO = "gcp:monitoring/slo:Slo"
UPTIME_CHECK = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
CUSTOM_SERVICE = "gcp:monitoring/customService:CustomService"
GENERIC_SERVICE = "gcp:monitoring/genericService:GenericService"
METRIC_DESCRIPTOR = "gcp:monitoring/metricDescriptor:MetricDescriptor"
GROUP = "gcp:monitoring/group:Group"

LOG_METRIC = "gcp:logging/metric:Metric"
PROJECT_SINK = "gcp:logging/projectSink:ProjectSink"
FOLDER_SINK = "gcp:logging/folderSink:FolderSink"
ORGANIZATION_SINK = "gcp:logging/organizationSink:OrganizationSink"
SINKS = (
    PROJECT_SINK,
    FOLDER_SINK,
    ORGANIZATION_SINK,
    "gcp:logging/billingAccountSink:BillingAccountSink",
)
PROJECT_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
BUCKETS = (
    PROJECT_BUCKET,
    "gcp:logging/folderBucketConfig:FolderBucketConfig",
    "gcp:logging/organizationBucketConfig:OrganizationBucketConfig",
    "gcp:logging/billingAccountBucketConfig:BillingAccountBucketConfig",
)
PROJECT_EXCLUSION = "gcp:logging/projectExclusion:ProjectExclusion"
EXCLUSIONS = (
    PROJECT_EXCLUSION,
    "gcp:logging/folderExclusion:FolderExclusion",
    "gcp:logging/organizationExclusion:OrganizationExclusion",
    "gcp:logging/billingAccountExclusion:BillingAccountExclusion",
)
LOG_VIEW = "gcp:logging/logView:LogView"
LOG_VIEW_MEMBER = "gcp:logging/logViewIamMember:LogViewIamMember"
LINKED_DATASET = "gcp:logging/linkedDataset:LinkedDataset"
LOG_SCOPE = "gcp:logging/logScope:LogScope"
SAVED_QUERY = "gcp:logging/savedQuery:SavedQuery"
