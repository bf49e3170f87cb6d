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

module "iam" {
  source = "../.."

  name                = "example"
  execution_role_name = "example-us-east-1-execution"
  task_role_name      = "example-us-east-1-task"
  path                = "/example/"
  config_bucket_arn   = "arn:aws:s3:::example-mock-us-east-1-${data.aws_caller_identity.current.account_id}"
  expectations_key    = "expectations.json"
  log_group_arns = [
    for container in ["mock", "loader"] :
    "arn:aws:logs:us-east-1:${data.aws_caller_identity.current.account_id}:log-group:/example/${container}"
  ]
}

output "task_role_arn" {
  value = module.iam.task_role_arn
}
