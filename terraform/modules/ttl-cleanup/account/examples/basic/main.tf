terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}

module "account" {
  source = "../.."

  role_name        = "example-reaper-us-east-1"
  role_path        = "/example/"
  log_group_name   = "/example/reaper"
  topic_name       = "example-notices"
  state_bucket_arn = "arn:aws:s3:::example-states-${data.aws_caller_identity.current.account_id}-us-east-1"
  mail             = ["team@example.com"]
}

output "role_arn" {
  value = module.account.role_arn
}
