# Costly resources depend on these outputs. They are complete only once the function is really called.

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.reaper.function_name
  depends_on  = [aws_cloudwatch_event_target.reaper, aws_lambda_permission.reaper]
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.reaper.arn
  depends_on  = [aws_cloudwatch_event_target.reaper, aws_lambda_permission.reaper]
}

output "rule_name" {
  description = "Name of the rule."
  value       = aws_cloudwatch_event_rule.reaper.name
  depends_on  = [aws_cloudwatch_event_target.reaper, aws_lambda_permission.reaper]
}
