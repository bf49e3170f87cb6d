locals {
  # Partition and account come from the ARNs that are given, so the module needs no data source.
  partition  = split(":", var.log_group_arns[0])[1]
  account_id = split(":", var.log_group_arns[0])[4]
}

resource "aws_iam_role" "execution" {
  name                 = var.execution_role_name
  path                 = var.path
  description          = "Lets ECS start the tasks of ${var.name}"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "execution"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [for arn in var.log_group_arns : "${arn}:*"]
      },
      {
        # A late line would otherwise bring back a log group that is already deleted.
        Sid      = "NeverCreateLogGroups"
        Effect   = "Deny"
        Action   = "logs:CreateLogGroup"
        Resource = "*"
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:*:*:repository/*"
      },
      {
        # A token is for the whole registry: AWS knows no narrower resource for this action.
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role" "task" {
  name                 = var.task_role_name
  path                 = var.path
  description          = "What the containers of ${var.name} may do: read their expectations, confirm them"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # Nobody else's tasks can talk ECS into handing this role to them.
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "task" {
  name = "expectations"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without s3:ListBucket, S3 answers 403 and not 404 when the object is missing. A right to list cannot be
        # narrowed to the one key, because a read names no prefix, and the object is there before the first task.
        Sid      = "ReadExpectations"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${var.config_bucket_arn}/${var.expectations_key}"
      },
      {
        Sid      = "Confirm"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${var.config_bucket_arn}/acks/*"
      },
    ]
  })
}
