# The outputs wait for the bucket's safeguards, so that nobody writes into a bucket without them.

output "bucket_name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.state.bucket
  depends_on  = [aws_s3_bucket_versioning.state, aws_s3_bucket_public_access_block.state, aws_s3_bucket_policy.state]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.state.arn
  depends_on  = [aws_s3_bucket_versioning.state, aws_s3_bucket_public_access_block.state, aws_s3_bucket_policy.state]
}

output "lock_table_name" {
  description = "Name of the lock table, or null when there is none."
  value       = one(aws_dynamodb_table.lock[*].name)
}
