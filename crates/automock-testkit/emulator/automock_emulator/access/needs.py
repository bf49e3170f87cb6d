"""What IAM asks of each request: actions, resources and the values of condition keys.

Only requests that the reaper may make have a resolver here. A reading request without one needs
`*`; a changing one without one is refused, so that a new call of the reaper is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..model.backends import existing, peer
from . import tags
from .policy import Need
from .request import Request

Resolver = Callable[[Request], Iterable[Need]]

RESOLVERS: dict[str, Resolver] = {}
"""Resolvers by `prefix:Operation`."""


def resolves(*operations: str) -> Callable[[Resolver], Resolver]:
    """Registers a resolver."""

    def register(resolver: Resolver) -> Resolver:
        RESOLVERS.update(dict.fromkeys(operations, resolver))
        return resolver

    return register


def needs_of(request: Request) -> list[Need] | None:
    """What a request needs; nothing where that is not known."""
    resolver = RESOLVERS.get(request.action)
    if resolver is not None:
        return list(resolver(request))
    if request.call.reads_only:
        return [Need(request.action, "*")]
    return None


def tagged(request: Request, arn: str, found: tags.Tags | None, context: dict[str, list[str]] | None = None) -> Need:
    """A need on a resource whose tags are known."""
    values = {f"aws:resourcetag/{key.lower()}": [value] for key, value in (found or {}).items()}
    values |= {f"{arn.split(':')[2]}:resourcetag/{key.lower()}": [value] for key, value in (found or {}).items()}
    return Need(request.action, arn, common(request) | values | (context or {}), exists=found is not None)


def named(request: Request, arn: str, context: dict[str, list[str]] | None = None, *, action: str = "") -> Need:
    """A need on a resource whose tags nobody should ask for here."""
    unknown = ("*:resourcetag/*",)
    return Need(action or request.action, arn, common(request) | (context or {}), unknown)


def common(request: Request) -> dict[str, list[str]]:
    """Values that every request has."""
    return {"aws:requestedregion": [request.call.region], "aws:securetransport": ["true"]}


def of_ec2(kind: str, parameter: str) -> Resolver:
    """Needs of an operation on resources of EC2 that a parameter names."""

    def resolver(request: Request) -> Iterator[Need]:
        for name in request.form(parameter):
            yield ec2_need(request, kind, name)

    return resolver


def ec2_need(request: Request, kind: str, name: str) -> Need:
    """A need on one resource of EC2."""
    backend = peer("ec2", request.account, request.call.region)
    found = None if backend is None else tags.ec2(backend, kind, name)
    return tagged(request, request.arn("ec2", f"{kind}/{name}"), found, {"ec2:region": [request.call.region]})


for _operation, _kind, _parameter in [
    ("DeleteInternetGateway", "internet-gateway", "InternetGatewayId"),
    ("DeleteNatGateway", "natgateway", "NatGatewayId"),
    ("DeleteRouteTable", "route-table", "RouteTableId"),
    ("DeleteSecurityGroup", "security-group", "GroupId"),
    ("DeleteSubnet", "subnet", "SubnetId"),
    ("DeleteVpc", "vpc", "VpcId"),
    ("DeleteVpcEndpoints", "vpc-endpoint", "VpcEndpointId"),
    ("ReleaseAddress", "elastic-ip", "AllocationId"),
    ("RevokeSecurityGroupEgress", "security-group", "GroupId"),
    ("RevokeSecurityGroupIngress", "security-group", "GroupId"),
]:
    resolves(f"ec2:{_operation}")(of_ec2(_kind, _parameter))


@resolves("ec2:DetachInternetGateway")
def detach_internet_gateway(request: Request) -> Iterator[Need]:
    """Both ends are asked about."""
    yield from of_ec2("internet-gateway", "InternetGatewayId")(request)
    yield from of_ec2("vpc", "VpcId")(request)


@resolves("ec2:DisassociateRouteTable")
def disassociate_route_table(request: Request) -> Iterator[Need]:
    """The table and the subnet of the association."""
    backend = peer("ec2", request.account, request.call.region)
    tables = [] if backend is None else list(backend.route_tables.values())
    for name in request.form("AssociationId"):
        owners = [table for table in tables if name in table._associations]
        if not owners:
            yield ec2_need(request, "route-table", f"of {name}")
        for table in owners:
            yield ec2_need(request, "route-table", table.id)
            subnet = ec2_need(request, "subnet", table._associations[name])
            # In AWS an association ends with its subnet, in moto it stays.
            if subnet.exists:
                yield subnet


@resolves("ec2:CreateTags", "ec2:DeleteTags")
def tag_ec2(request: Request) -> Iterator[Need]:
    """Any resource; only that it is denied matters here."""
    for name in request.form("ResourceId"):
        yield named(request, request.arn("ec2", f"*/{name}"))


@resolves(
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
)
def elbv2(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    backend = peer("elbv2", request.account, request.call.region)
    for arn in request.form("(LoadBalancerArn|TargetGroupArn)"):
        yield tagged(request, arn, None if backend is None else tags.elbv2(backend, arn))


def in_cluster(request: Request) -> tuple[str, str]:
    """Name and ARN of the cluster that a request is about."""
    cluster = str(request.json().get("cluster", "default")).rpartition("/")[2]
    return cluster, request.arn("ecs", f"cluster/{cluster}")


def of_ecs(request: Request, arn: str) -> Need:
    """A need on one resource of ECS."""
    backend = peer("ecs", request.account, request.call.region)
    found = None if backend is None else tags.ecs(backend, arn)
    context = {} if ":task-definition/" in arn or ":cluster/" in arn else {"ecs:cluster": [in_cluster(request)[1]]}
    return tagged(request, arn, found, context)


@resolves("ecs:ListServices", "ecs:ListTasks")
def list_in_cluster(request: Request) -> Iterator[Need]:
    """There is no resource to name, only the cluster as a condition."""
    yield Need(request.action, "*", common(request) | {"ecs:cluster": [in_cluster(request)[1]]})


@resolves("ecs:DescribeClusters", "ecs:DeleteCluster")
def ecs_clusters(request: Request) -> Iterator[Need]:
    """Clusters by name or ARN."""
    body = request.json()
    for name in body.get("clusters", [body.get("cluster")]):
        yield of_ecs(request, request.arn("ecs", f"cluster/{str(name).rpartition('/')[2]}"))


@resolves("ecs:DescribeServices", "ecs:DescribeTasks", "ecs:DeleteService")
def ecs_contents(request: Request) -> Iterator[Need]:
    """Services and tasks by name or ARN."""
    body = request.json()
    kind = "task" if "tasks" in body else "service"
    for name in body.get("tasks") or body.get("services") or [body.get("service")]:
        last = str(name).rpartition("/")[2]
        yield of_ecs(request, request.arn("ecs", f"{kind}/{in_cluster(request)[0]}/{last}"))


@resolves("ecs:DeleteTaskDefinitions")
def ecs_task_definitions(request: Request) -> Iterator[Need]:
    """Revisions by `family:revision` or ARN."""
    for name in request.json()["taskDefinitions"]:
        yield of_ecs(request, request.arn("ecs", f"task-definition/{str(name).rpartition('/')[2]}"))


@resolves("ecs:DeregisterTaskDefinition")
def ecs_deregister(request: Request) -> Iterator[Need]:
    """AWS takes neither a resource nor a condition."""
    yield Need(request.action, "*", common(request))


@resolves("application-autoscaling:DeregisterScalableTarget")
def scalable_target(request: Request) -> Iterator[Need]:
    """The request names what is scaled, IAM the target's ARN."""
    body = request.json()
    backend = peer("applicationautoscaling", request.account, request.call.region)
    dimension, resource = body["ScalableDimension"], body["ResourceId"]
    target = None if backend is None else backend.targets.get(dimension, {}).get(resource)
    context = {
        "application-autoscaling:service-namespace": [body["ServiceNamespace"]],
        "application-autoscaling:scalable-dimension": [dimension],
    }
    arn = request.arn("application-autoscaling", "scalable-target/none") if target is None else target.arn
    found = None if target is None else tags.scaling(backend, arn)
    yield tagged(request, arn, found, context)


@resolves("application-autoscaling:ListTagsForResource")
def scaling_tags(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    yield named(request, request.json()["ResourceARN"])


@resolves("acm:DescribeCertificate", "acm:ListTagsForCertificate", "acm:DeleteCertificate")
def certificates(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    arn = request.json()["CertificateArn"]
    backend = peer("acm", request.account, request.call.region)
    yield tagged(request, arn, None if backend is None else tags.acm(backend, arn))


@resolves("cloudwatch:DeleteAlarms")
def alarms(request: Request) -> Iterator[Need]:
    """Alarms by name."""
    for name in parameters(request, "AlarmNames"):
        yield named(request, request.arn("cloudwatch", f"alarm:{name}"))


@resolves("cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard")
def dashboards(request: Request) -> Iterator[Need]:
    """Dashboards by name; they belong to no region."""
    for name in parameters(request, "DashboardNames") or parameters(request, "DashboardName"):
        yield named(request, request.arn("cloudwatch", f"dashboard/{name}", region=""))


@resolves("cloudwatch:ListTagsForResource")
def alarm_tags(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    for arn in parameters(request, "ResourceARN"):
        yield named(request, arn)


def parameters(request: Request, name: str) -> list[str]:
    """A parameter of CloudWatch, which takes query requests, JSON and CBOR."""
    if "urlencoded" in request.call.content_type:
        return request.form(name)
    value = request.json().get(name, [])
    return [str(it) for it in value] if isinstance(value, list) else [str(value)]


@resolves("logs:DeleteLogGroup")
def log_groups(request: Request) -> Iterator[Need]:
    """AWS documents the ARN with and without the end, so both have to be allowed."""
    arn = request.arn("logs", f"log-group:{request.json()['logGroupName']}")
    yield named(request, arn)
    yield named(request, f"{arn}:*")


@resolves("logs:ListTagsForResource")
def log_group_tags(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    yield named(request, request.json()["resourceArn"])


@resolves("logs:CreateLogGroup")
def create_log_group(request: Request) -> Iterator[Need]:
    """The group to be."""
    yield named(request, request.arn("logs", f"log-group:{request.json()['logGroupName']}"))


@resolves("events:DescribeRule", "events:DeleteRule", "events:ListTargetsByRule", "events:RemoveTargets")
def rules(request: Request) -> Iterator[Need]:
    """Rules by name, on the default bus."""
    body = request.json()
    yield named(request, request.arn("events", f"rule/{body.get('Rule') or body.get('Name')}"))


@resolves("events:ListTagsForResource")
def rule_tags(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    yield named(request, request.json()["ResourceARN"])


@resolves("lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:DeleteFunction")
def functions(request: Request) -> Iterator[Need]:
    """Functions by name or ARN."""
    name = request.segment("functions").rpartition(":")[2]
    yield named(request, request.arn("lambda", f"function:{name}"))


@resolves("sns:Publish")
def topics(request: Request) -> Iterator[Need]:
    """The ARN is in the request."""
    for arn in request.form("TopicArn"):
        yield named(request, arn)


@resolves(
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
)
def roles(request: Request) -> Iterator[Need]:
    """Roles by name; the ARN has the path, which the request does not know."""
    for name in request.form("RoleName"):
        role = tags.iam_role(request.account, name)
        arn = request.arn("iam", f"role/{name}", region="") if role is None else role.arn
        yield tagged(request, arn, None if role is None else tags.pairs(role.tags or []))


@resolves("route53:ListResourceRecordSets")
def records(request: Request) -> Iterator[Need]:
    """The zone is in the path."""
    yield named(request, zone(request))


@resolves("route53:ChangeResourceRecordSets")
def record_changes(request: Request) -> Iterator[Need]:
    """The zone, and what changes in it."""
    names = [name.rstrip(".").lower() for name in request.texts("Name")]
    key = "route53:changeresourcerecordsets"
    context = {
        f"{key}actions": request.texts("Action"),
        f"{key}recordtypes": request.texts("Type"),
        f"{key}normalizedrecordnames": names,
    }
    yield named(request, zone(request), context)


def zone(request: Request) -> str:
    """The ARN of the zone in the path; zones belong to no account."""
    return request.arn("route53", f"hostedzone/{request.segment('hostedzone')}", region="", account="")


def s3_account(bucket: str) -> list[str]:
    """Whose a bucket is."""
    return [account for account, _, backend in existing("s3") if bucket in backend.buckets]


def s3_bucket(request: Request) -> str:
    """The bucket in the path."""
    return request.call.path.split("/")[1]


def of_s3(request: Request, action: str, key: str | None = None) -> Need:
    """A need on a bucket, or on an object."""
    bucket = s3_bucket(request)
    path = bucket if key is None else f"{bucket}/{key}"
    context = {"s3:resourceaccount": account} if (account := s3_account(bucket)) else {}
    context |= {"s3:prefix": [prefix]} if (prefix := request.query().get("prefix")) is not None else {}
    return named(request, request.arn("s3", path, region="", account=""), context, action=action)


BUCKET_ACTIONS = {
    "DeleteBucket": "s3:DeleteBucket",
    "GetBucketTagging": "s3:GetBucketTagging",
    "HeadBucket": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "PutBucketTagging": "s3:PutBucketTagging",
}
"""The actions of S3 on buckets have names of their own."""


@resolves(*(f"s3:{operation}" for operation in BUCKET_ACTIONS))
def buckets(request: Request) -> Iterator[Need]:
    """One action on the bucket."""
    yield of_s3(request, BUCKET_ACTIONS[request.operation])


@resolves("s3:AbortMultipartUpload", "s3:PutObject")
def objects(request: Request) -> Iterator[Need]:
    """One action on the object."""
    yield of_s3(request, request.action, s3_key(request))


@resolves("s3:GetObject", "s3:HeadObject")
def read_object(request: Request) -> Iterator[Need]:
    """Who may not list is not told that an object is missing."""
    version = "Version" if "versionId" in request.query() else ""
    yield of_s3(request, f"s3:GetObject{version}", s3_key(request))
    if not object_exists(s3_bucket(request), s3_key(request)):
        yield of_s3(request, "s3:ListBucket")


@resolves("s3:DeleteObject")
def delete_object(request: Request) -> Iterator[Need]:
    """A version needs a right of its own besides."""
    yield of_s3(request, "s3:DeleteObject", s3_key(request))
    if "versionId" in request.query():
        yield of_s3(request, "s3:DeleteObjectVersion", s3_key(request))


@resolves("s3:DeleteObjects")
def delete_objects(request: Request) -> Iterator[Need]:
    """Each object of the batch."""
    for entry in request.xml():
        parts = {child.tag.rpartition("}")[2]: child.text or "" for child in entry}
        if "Key" not in parts:
            continue
        yield of_s3(request, "s3:DeleteObject", parts["Key"])
        if parts.get("VersionId"):
            yield of_s3(request, "s3:DeleteObjectVersion", parts["Key"])


def s3_key(request: Request) -> str:
    """The key in the path."""
    return request.call.path.split("/", 2)[2]


def object_exists(bucket: str, key: str) -> bool:
    """Whether there is an object that can be read."""
    for _, _, backend in existing("s3"):
        if bucket in backend.buckets:
            found: Any = backend.buckets[bucket].keys.get(key)
            return hasattr(found, "value")
    return False
