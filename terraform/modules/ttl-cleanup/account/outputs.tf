output "role_arn" {
  description = "ARN of the role."
  value       = aws_iam_role.reaper.arn
  depends_on  = [aws_iam_role_policy.reaper, aws_iam_role_policy.teardown]
}

output "topic_arn" {
  description = "ARN of the topic."
  value       = aws_sns_topic.notices.arn
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.reaper.name
}

output "log_group_arn" {
  description = "ARN of the log group, without a trailing \":*\"."
  value       = aws_cloudwatch_log_group.reaper.arn
}
