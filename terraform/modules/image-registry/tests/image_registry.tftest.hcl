mock_provider "aws" {
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-east-1:123456789012:repository/engine-under-test"
      repository_url = "123456789012.dkr.ecr.us-east-1.amazonaws.com/engine-under-test"
    }
  }
}

variables {
  repository_name = "engine-under-test"
}

run "images_are_what_they_were" {
  assert {
    condition     = aws_ecr_repository.image.image_tag_mutability == "IMMUTABLE"
    error_message = "a tag must not move"
  }

  assert {
    condition     = aws_ecr_repository.image.encryption_configuration[0].encryption_type == "AES256"
    error_message = "no KMS key of its own"
  }

  assert {
    condition     = aws_ecr_repository.image.image_scanning_configuration[0].scan_on_push && !aws_ecr_repository.image.force_delete
    error_message = "images are scanned, and do not vanish by default"
  }
}

run "only_untagged_images_expire" {
  assert {
    condition = jsondecode(aws_ecr_lifecycle_policy.image.policy).rules == [{
      rulePriority = 1
      description  = "What a push left that was not finished"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 1 }
      action       = { type = "expire" }
    }]
    error_message = "tagged images stay"
  }
}

run "outputs_name_the_repository" {
  assert {
    condition = (
      output.repository_name == "engine-under-test"
      && output.repository_arn == "arn:aws:ecr:us-east-1:123456789012:repository/engine-under-test"
      && output.repository_url == "123456789012.dkr.ecr.us-east-1.amazonaws.com/engine-under-test"
    )
    error_message = "outputs name the repository"
  }
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    repository_name = "Engine"
    untagged_days   = 0
  }

  expect_failures = [var.repository_name, var.untagged_days]
}
