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

module "state_backend" {
  source = "../.."

  bucket_name = "example-states-${data.aws_caller_identity.current.account_id}-us-east-1"
}

# The backend of another root can now use the bucket, with use_lockfile = true.
output "bucket_name" {
  value = module.state_backend.bucket_name
}
