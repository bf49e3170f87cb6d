mock_provider "aws" {}

variables {
  name                = "pet-dev"
  execution_role_name = "pet-dev-us-east-1-execution"
  task_role_name      = "pet-dev-us-east-1-task"
  path                = "/automock/pet-dev/"
  config_bucket_arn   = "arn:aws:s3:::pet-dev-config"
  expectations_key    = "expectations.json"
  log_group_arns = [
    "arn:aws:logs:us-east-1:123456789012:log-group:/automock/pet-dev/mock",
    "arn:aws:logs:us-east-1:123456789012:log-group:/automock/pet-dev/loader",
  ]
}

run "task_reads_one_object_and_confirms" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role_policy.task.policy).Statement == [
      { Sid = "ReadExpectations", Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::pet-dev-config/expectations.json" },
      { Sid = "Confirm", Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::pet-dev-config/acks/*" },
    ]
    error_message = "the task role may do these two things and nothing else"
  }

  assert {
    condition = jsondecode(aws_iam_role.task.assume_role_policy).Statement[0] == {
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } }
    }
    error_message = "only tasks of this account may hold the task role"
  }
}

run "execution_role_is_narrow" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role_policy.execution.policy).Statement[0].Resource == [
      "arn:aws:logs:us-east-1:123456789012:log-group:/automock/pet-dev/mock:*",
      "arn:aws:logs:us-east-1:123456789012:log-group:/automock/pet-dev/loader:*",
    ]
    error_message = "logs go to the log groups that are named"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement :
      statement.Effect == "Deny" || statement.Resource != "*" || statement.Action == "ecr:GetAuthorizationToken"
    ])
    error_message = "only the registry token is for every resource"
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement :
      statement.Effect == "Deny" && statement.Action == "logs:CreateLogGroup"
    ])
    error_message = "a deleted log group must not come back"
  }
}

run "partition_comes_from_the_arns" {
  command = plan

  variables {
    log_group_arns = ["arn:aws-cn:logs:cn-north-1:123456789012:log-group:/x"]
  }

  assert {
    condition = contains(
      [for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Resource],
      "arn:aws-cn:ecr:*:*:repository/*",
    )
    error_message = "ARNs must stay in the partition"
  }
}

run "names_paths_and_boundary" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.execution, aws_iam_role.task] :
      role.path == "/automock/pet-dev/" && role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    ])
    error_message = "both roles lie on the path and inside the boundary"
  }
}

run "long_role_name_is_refused" {
  command = plan

  variables {
    task_role_name = "a-name-that-is-longer-than-the-sixty-four-characters-that-iam-allows"
  }

  expect_failures = [var.task_role_name]
}

run "log_group_arn_without_suffix" {
  command = plan

  variables {
    log_group_arns = ["arn:aws:logs:us-east-1:123456789012:log-group:/automock/pet-dev/mock:*"]
  }

  expect_failures = [var.log_group_arns]
}
