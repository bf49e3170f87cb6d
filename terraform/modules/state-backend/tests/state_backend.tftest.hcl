mock_provider "aws" {
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::states-under-test" }
  }
}

variables {
  bucket_name = "states-under-test"
}

run "bucket_is_safe" {
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "states need versions"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "the bucket must never be public"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "the bucket is encrypted without a key of its own"
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.state.policy).Statement[0] == {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::states-under-test", "arn:aws:s3:::states-under-test/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
    error_message = "plain HTTP must be refused"
  }

  assert {
    condition     = !aws_s3_bucket.state.force_destroy
    error_message = "states must not vanish by default"
  }

  assert {
    condition     = output.lock_table_name == null && length(aws_dynamodb_table.lock) == 0
    error_message = "no lock table unless asked for"
  }

  assert {
    condition     = output.bucket_name == "states-under-test" && output.bucket_arn == "arn:aws:s3:::states-under-test"
    error_message = "outputs name the bucket"
  }
}

run "lock_table_on_request" {
  variables {
    lock_table_name = "locks"
  }

  assert {
    condition     = aws_dynamodb_table.lock[0].hash_key == "LockID" && aws_dynamodb_table.lock[0].billing_mode == "PAY_PER_REQUEST"
    error_message = "Terraform expects the hash key LockID"
  }

  assert {
    condition     = output.lock_table_name == "locks"
    error_message = "the output names the table"
  }
}

run "old_versions_expire" {
  command = plan

  variables {
    noncurrent_version_days = 90
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.state.rule[0].noncurrent_version_expiration[0].noncurrent_days == 90
    error_message = "old versions are kept as long as asked"
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.state.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
    error_message = "aborted uploads are cleared away"
  }
}

run "journals_expire_and_receipts_stay" {
  command = plan

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.state.rule : rule.expiration[0].days if rule.filter[0].prefix == "journals/"
    ] == [90]
    error_message = "journals are of no use after a while"
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.state.rule : rule.filter[0].prefix == "journals/" || rule.expiration[0].days == null || rule.expiration[0].days == 0
    ])
    error_message = "nothing else is deleted by its age"
  }
}

run "expiry_is_checked" {
  command = plan

  variables {
    expiring_prefixes = { "" = 1 }
  }

  expect_failures = [var.expiring_prefixes]
}

run "bucket_name_is_checked" {
  command = plan

  variables {
    bucket_name = "Not A Bucket"
  }

  expect_failures = [var.bucket_name]
}

run "retention_is_checked" {
  command = plan

  variables {
    noncurrent_version_days = 0
  }

  expect_failures = [var.noncurrent_version_days]
}
