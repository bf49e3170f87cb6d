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

module "networking" {
  source = "../.."

  name               = "example"
  mode               = "private-single-nat"
  cidr               = "10.42.0.0/16"
  availability_zones = ["us-east-1a", "us-east-1b"]
  region             = "us-east-1"
}

output "task_subnet_ids" {
  value = module.networking.task_subnet_ids
}

output "nat_public_ips" {
  value = module.networking.nat_public_ips
}
