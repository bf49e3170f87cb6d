"""What the reaper would be in Python: the same clients, and the same look at a stack's record.

`cargo xtask bench lambda` runs it with AWS's own runtime client for Python, awslambdaric.
"""

import datetime
import json
import os

import boto3

SERVICES = (
    "acm",
    "application-autoscaling",
    "cloudwatch",
    "ec2",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "lambda",
    "logs",
    "route53",
    "s3",
    "sns",
)

CLIENTS = {name: boto3.client(name) for name in SERVICES}


def handler(_event, _context):
    """Says how long the stack may stay."""
    stack = f"{os.environ['AUTOMOCK_PROJECT']}-{os.environ['AUTOMOCK_ENVIRONMENT']}"
    answer = CLIENTS["s3"].get_object(
        Bucket=os.environ["AUTOMOCK_STATE_BUCKET"], Key=f"registry/{stack}.json"
    )
    record = json.load(answer["Body"])
    expires_at = datetime.datetime.fromisoformat(record["expires_at"])
    if expires_at <= datetime.datetime.now(datetime.UTC):
        raise RuntimeError(f"{stack} expired at {expires_at}")
    return {"stack": stack, "outcome": "idle", "until": expires_at.isoformat()}
