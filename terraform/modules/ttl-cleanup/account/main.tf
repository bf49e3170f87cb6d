# Resources that must outlive every stack: a role cannot delete itself, a topic would ask for confirmation again,
# and the last line of a log must have a place to go.

resource "aws_cloudwatch_log_group" "reaper" {
  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

resource "aws_sns_topic" "notices" {
  name = var.topic_name
  # The key of AWS for SNS: encryption at rest without a key of our own.
  kms_master_key_id = "alias/aws/sns"
  tags              = var.tags
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.mail

  topic_arn = aws_sns_topic.notices.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_iam_role" "reaper" {
  name                 = var.role_name
  path                 = var.role_path
  description          = "Held by the functions that end stacks when their time is up"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

locals {
  # The topic's ARN tells where all of this is.
  place = zipmap(["arn", "partition", "service", "region", "account", "name"], split(":", aws_sns_topic.notices.arn))

  policy_values = {
    partition     = local.place.partition
    region        = local.place.region
    account       = local.place.account
    bucket_arn    = var.state_bucket_arn
    topic_arn     = aws_sns_topic.notices.arn
    log_group_arn = aws_cloudwatch_log_group.reaper.arn
  }
}

# What the functions keep: states, records, journals and receipts, notices, and their own log.
resource "aws_iam_role_policy" "reaper" {
  name = "records"
  role = aws_iam_role.reaper.id
  # Encoded anew, because IAM limits how long the policies of a role may be together.
  policy = jsonencode(jsondecode(templatefile("${path.module}/policies/records.json.tftpl", local.policy_values)))
}

# What the functions take away.
resource "aws_iam_role_policy" "teardown" {
  name   = "teardown"
  role   = aws_iam_role.reaper.id
  policy = jsonencode(jsondecode(templatefile("${path.module}/policies/teardown.json.tftpl", local.policy_values)))
}
