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

resource "aws_iam_role_policy" "reaper" {
  name = "records"
  role = aws_iam_role.reaper.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.reaper.arn}:*"
      },
      {
        # A late line would otherwise bring back a log group that is already deleted.
        Sid      = "NeverCreateLogGroups"
        Effect   = "Deny"
        Action   = "logs:CreateLogGroup"
        Resource = "*"
      },
      {
        Sid    = "Records"
        Effect = "Allow"
        Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = [
          for prefix in ["registry", "journals", "receipts", "stacks"] : "${var.state_bucket_arn}/${prefix}/*"
        ]
      },
      {
        # Without the right to list, S3 answers 403 for an object that is missing, and the function could not tell
        # "gone" from "forbidden".
        Sid      = "ListRecords"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = var.state_bucket_arn
      },
      {
        Sid      = "Notify"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = aws_sns_topic.notices.arn
      },
    ]
  })
}
