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

module "config_storage" {
  source = "../.."

  bucket_name       = "example-mock-us-east-1-${data.aws_caller_identity.current.account_id}"
  expectations_file = "${path.module}/expectations.json"
}

output "object" {
  value = "s3://${module.config_storage.bucket_name}/${module.config_storage.expectations_key}"
}
