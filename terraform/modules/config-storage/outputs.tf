output "bucket_name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.config.bucket
  # Whoever reads the expectations needs the object, and whoever pushes a new one needs its version kept.
  depends_on = [aws_s3_object.expectations, aws_s3_bucket_versioning.config]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.config.arn
}

output "expectations_key" {
  description = "Key of the expectations object."
  value       = aws_s3_object.expectations.key
}

output "expectations_etag" {
  description = "ETag of the uploaded expectations: the MD5 of the file, in hex."
  value       = aws_s3_object.expectations.etag
}
