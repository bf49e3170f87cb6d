mock_provider "aws" {
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:/automock/reaper" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:automock-us-east-1" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/automock/automock-reaper-us-east-1" }
  }
}

variables {
  role_name        = "automock-reaper-us-east-1"
  role_path        = "/automock/"
  log_group_name   = "/automock/reaper"
  topic_name       = "automock-us-east-1"
  state_bucket_arn = "arn:aws:s3:::automock-123456789012-us-east-1"
}

run "records_policy_is_about_records" {
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.reaper.policy).Statement : statement.Action
      ])) == toset([
      "logs:CreateLogStream", "logs:PutLogEvents",
      "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucket", "s3:ListBucketVersions",
      "sns:Publish",
    ])
    error_message = "the policy has exactly these rights"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.reaper.policy).Statement : !contains(statement.Resource, "*")
    ])
    error_message = "no right is for every resource"
  }

  assert {
    condition = toset(one([
      for statement in jsondecode(aws_iam_role_policy.reaper.policy).Statement : statement.Resource if statement.Sid == "Records"
      ])) == toset([
      for prefix in ["registry", "journals", "receipts", "stacks"] : "arn:aws:s3:::automock-123456789012-us-east-1/${prefix}/*"
    ])
    error_message = "records and states, and nothing else in the bucket"
  }
}

run "teardown_policy_asks_for_the_tag" {
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.teardown.policy).Statement :
      statement.Condition.Null["aws:ResourceTag/automock:stack"] == "false"
      if contains(["OwnedNetwork", "OwnedBalancing", "OwnedCompute", "OwnedScaling", "OwnedCertificates", "OwnedRoles"], statement.Sid)
    ])
    error_message = "only what carries the tag may be deleted"
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.teardown.policy).Statement : statement.Resource if statement.Sid == "OwnedNetwork"
    ]) == ["arn:aws:ec2:us-east-1:123456789012:*/*"]
    error_message = "partition, region and account are filled in"
  }

  assert {
    condition = length(setintersection(
      ["ec2:CreateTags", "ec2:DeleteTags", "iam:TagRole", "logs:CreateLogGroup", "s3:PutBucketTagging"],
      flatten([
        for statement in jsondecode(aws_iam_role_policy.teardown.policy).Statement : statement.Action if statement.Effect == "Deny"
      ])
    )) == 5
    error_message = "the role must not widen its own reach, and a deleted log group must not come back"
  }
}

run "policies_fit_into_the_role" {
  assert {
    condition     = length(aws_iam_role_policy.reaper.policy) + length(aws_iam_role_policy.teardown.policy) <= 10240
    error_message = "the inline policies of a role have 10,240 characters together"
  }
}

run "topic_is_encrypted" {
  assert {
    condition     = aws_sns_topic.notices.kms_master_key_id == "alias/aws/sns"
    error_message = "notices are encrypted at rest"
  }

  assert {
    condition     = length(aws_sns_topic_subscription.mail) == 0
    error_message = "nobody is subscribed by default"
  }
}

run "each_address_is_subscribed" {
  variables {
    mail = ["a@example.com", "b@example.com"]
  }

  assert {
    condition = alltrue([
      for address in ["a@example.com", "b@example.com"] :
      aws_sns_topic_subscription.mail[address].protocol == "email" && aws_sns_topic_subscription.mail[address].endpoint == address
    ])
    error_message = "one subscription for each address"
  }
}

run "log_ends_some_day" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.reaper.retention_in_days == 30
    error_message = "every log group has a retention"
  }
}

run "retention_is_checked" {
  command = plan

  variables {
    log_retention_days = 8
  }

  expect_failures = [var.log_retention_days]
}

run "address_is_checked" {
  command = plan

  variables {
    mail = ["nobody"]
  }

  expect_failures = [var.mail]
}
