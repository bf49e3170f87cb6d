resource "aws_s3_bucket" "config" {
  bucket        = var.bucket_name
  force_destroy = var.force_destroy
  tags          = var.tags
}

# A version for each upload: earlier expectations can be restored, and MockServer's loader notices an upload by it.
resource "aws_s3_bucket_versioning" "config" {
  bucket = aws_s3_bucket.config.id

  versioning_configuration {
    status = "Enabled"
  }
}

# Keys that S3 manages cost nothing and end with the bucket, and they keep the ETag equal to the MD5 of the file.
resource "aws_s3_bucket_server_side_encryption_configuration" "config" {
  bucket = aws_s3_bucket.config.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "config" {
  bucket                  = aws_s3_bucket.config.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "config" {
  bucket = aws_s3_bucket.config.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "config" {
  bucket = aws_s3_bucket.config.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.config.arn, "${aws_s3_bucket.config.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  # S3 refuses two changes of a bucket's access at the same time.
  depends_on = [aws_s3_bucket_public_access_block.config]
}

resource "aws_s3_bucket_lifecycle_configuration" "config" {
  bucket = aws_s3_bucket.config.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # Each task leaves one small object per revision, and nobody asks for it once the push is over. A task renews the one of
  # the revision that it serves twice a day.
  rule {
    id     = "acknowledgements"
    status = "Enabled"

    filter {
      prefix = "acks/"
    }

    expiration {
      days = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  # Rules about old versions need versioning to be on.
  depends_on = [aws_s3_bucket_versioning.config]
}

resource "aws_s3_object" "expectations" {
  bucket       = aws_s3_bucket.config.id
  key          = var.expectations_key
  source       = var.expectations_file
  content_type = "application/json"

  # The MD5 of the file is the ETag of the object. Whoever uploads the same file by other means causes no change here.
  etag = filemd5(var.expectations_file)

  # S3 takes ten tags for an object but fifty for a bucket, so the provider's default tags might not fit.
  # Without any tags an upload by other means changes nothing here either.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  depends_on = [
    aws_s3_bucket_versioning.config,
    aws_s3_bucket_server_side_encryption_configuration.config,
    aws_s3_bucket_ownership_controls.config,
  ]
}
