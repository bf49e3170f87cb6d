resource "aws_lambda_function" "reaper" {
  function_name    = var.function_name
  description      = "Ends the stack when its time is up"
  role             = var.role_arn
  filename         = var.package_file
  source_code_hash = var.package_sha256
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  # Lambda's limit. A teardown that needs longer goes on with the next tick.
  timeout     = 900
  memory_size = 256
  tags        = var.tags

  environment {
    variables = var.environment
  }

  logging_config {
    log_format = "Text"
    log_group  = var.log_group_name
  }
}

resource "aws_cloudwatch_event_rule" "reaper" {
  name                = var.rule_name
  description         = "Starts ${var.function_name}"
  schedule_expression = var.check_every_minutes == 1 ? "rate(1 minute)" : "rate(${var.check_every_minutes} minutes)"
  tags                = var.tags
}

resource "aws_lambda_permission" "reaper" {
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.reaper.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.reaper.arn
}

resource "aws_cloudwatch_event_target" "reaper" {
  rule      = aws_cloudwatch_event_rule.reaper.name
  target_id = "reaper"
  arn       = aws_lambda_function.reaper.arn

  # The next tick comes anyway, so a late one is of no use.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }

  depends_on = [aws_lambda_permission.reaper]
}
