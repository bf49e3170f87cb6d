mock_provider "aws" {
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:123456789012:rule/pet-dev-reaper" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:pet-dev-reaper" }
  }
}

variables {
  function_name  = "pet-dev-reaper"
  rule_name      = "pet-dev-reaper"
  package_file   = "./tests/reaper.zip"
  package_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
  role_arn       = "arn:aws:iam::123456789012:role/automock/automock-reaper-us-east-1"
  log_group_name = "/automock/reaper"
  environment    = { STACK = "pet-dev" }
}

run "function_runs_the_zip" {
  assert {
    condition = alltrue([
      aws_lambda_function.reaper.runtime == "provided.al2023",
      aws_lambda_function.reaper.handler == "bootstrap",
      aws_lambda_function.reaper.timeout == 900,
      aws_lambda_function.reaper.architectures == tolist(["x86_64"]),
      aws_lambda_function.reaper.source_code_hash == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      aws_lambda_function.reaper.environment[0].variables == tomap({ STACK = "pet-dev" }),
    ])
    error_message = "the function runs the executable with all the time that Lambda gives"
  }

  assert {
    condition     = aws_lambda_function.reaper.logging_config[0].log_group == "/automock/reaper"
    error_message = "the function writes to a log group that outlives it"
  }

  assert {
    condition     = aws_lambda_permission.reaper.source_arn == "arn:aws:events:us-east-1:123456789012:rule/pet-dev-reaper"
    error_message = "only the rule may start the function"
  }

  assert {
    condition     = aws_cloudwatch_event_target.reaper.arn == output.function_arn
    error_message = "the rule starts the function"
  }
}

run "every_five_minutes" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_rule.reaper.schedule_expression == "rate(5 minutes)"
    error_message = "five minutes by default"
  }
}

run "every_minute_is_singular" {
  command = plan

  variables {
    check_every_minutes = 1
  }

  assert {
    condition     = aws_cloudwatch_event_rule.reaper.schedule_expression == "rate(1 minute)"
    error_message = "EventBridge refuses \"rate(1 minutes)\""
  }
}

run "interval_is_checked" {
  command = plan

  variables {
    check_every_minutes = 61
  }

  expect_failures = [var.check_every_minutes]
}

run "hex_digest_is_refused" {
  command = plan

  variables {
    package_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  }

  expect_failures = [var.package_sha256]
}
