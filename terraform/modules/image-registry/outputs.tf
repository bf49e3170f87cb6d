output "repository_name" {
  description = "Name of the repository."
  value       = aws_ecr_repository.image.name
}

output "repository_arn" {
  description = "ARN of the repository."
  value       = aws_ecr_repository.image.arn
}

output "repository_url" {
  description = "What images of the repository are called, without tag or digest."
  value       = aws_ecr_repository.image.repository_url
}
