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

variable "package_file" {
  description = "Zip with an executable named bootstrap, built for provided.al2023."
  type        = string
}

data "aws_caller_identity" "current" {}

module "account" {
  source = "../../account"

  role_name        = "example-reaper-us-east-1"
  log_group_name   = "/example/reaper"
  topic_name       = "example-notices"
  state_bucket_arn = "arn:aws:s3:::example-states-${data.aws_caller_identity.current.account_id}-us-east-1"
  mail             = ["team@example.com"]
}

module "ttl_cleanup" {
  source = "../.."

  function_name  = "example-reaper"
  rule_name      = "example-reaper"
  package_file   = var.package_file
  package_sha256 = filebase64sha256(var.package_file)
  role_arn       = module.account.role_arn
  log_group_name = module.account.log_group_name
  environment    = { TOPIC_ARN = module.account.topic_arn }
}

output "function_name" {
  value = module.ttl_cleanup.function_name
}
