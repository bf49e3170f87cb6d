# A role without its policy is of no use, and a task that outlives its role's policy hangs while it stops:
# the policies are part of what the outputs wait for.

output "execution_role_arn" {
  description = "ARN of the execution role."
  value       = aws_iam_role.execution.arn
  depends_on  = [aws_iam_role_policy.execution]
}

output "task_role_arn" {
  description = "ARN of the task role."
  value       = aws_iam_role.task.arn
  depends_on  = [aws_iam_role_policy.task]
}
