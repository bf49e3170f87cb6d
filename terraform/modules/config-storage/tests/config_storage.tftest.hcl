mock_provider "aws" {
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::config-under-test" }
  }
}

variables {
  bucket_name       = "config-under-test"
  expectations_file = "./examples/basic/expectations.json"
}

run "object_follows_the_file" {
  assert {
    condition     = aws_s3_object.expectations.etag == filemd5("./examples/basic/expectations.json")
    error_message = "the etag must be the MD5 of the file, or a push of the same file would cause a change"
  }

  assert {
    condition     = aws_s3_object.expectations.content_type == "application/json" && output.expectations_key == "expectations.json"
    error_message = "the object is JSON under the default key"
  }

  assert {
    condition     = length(aws_s3_object.expectations.override_provider[0].default_tags[0].tags) == 0
    error_message = "S3 takes only ten tags for an object"
  }

  assert {
    condition     = output.expectations_etag == aws_s3_object.expectations.etag
    error_message = "the output carries the etag"
  }
}

run "bucket_is_safe" {
  assert {
    condition     = aws_s3_bucket_versioning.config.versioning_configuration[0].status == "Enabled"
    error_message = "loaders tell uploads apart by their version"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.config.block_public_acls,
      aws_s3_bucket_public_access_block.config.block_public_policy,
      aws_s3_bucket_public_access_block.config.ignore_public_acls,
      aws_s3_bucket_public_access_block.config.restrict_public_buckets,
    ])
    error_message = "the bucket must never be public"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.config.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "any other encryption would make the ETag differ from the MD5"
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.config.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "plain HTTP must be refused"
  }

  assert {
    condition     = aws_s3_bucket.config.force_destroy
    error_message = "a stack must be able to end with its bucket full"
  }
}

run "acknowledgements_expire" {
  command = plan

  assert {
    condition = anytrue([
      for rule in aws_s3_bucket_lifecycle_configuration.config.rule :
      rule.filter[0].prefix == "acks/" && rule.expiration[0].days == 1 if rule.id == "acknowledgements"
    ])
    error_message = "acknowledgements are gone after a day"
  }
}

run "missing_file_is_refused" {
  command = plan

  variables {
    expectations_file = "./examples/basic/nothing.json"
  }

  expect_failures = [var.expectations_file]
}

run "key_stays_clear_of_acknowledgements" {
  command = plan

  variables {
    expectations_key = "acks/expectations.json"
  }

  expect_failures = [var.expectations_key]
}
