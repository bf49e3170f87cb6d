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

variable "load_balancer_name" {
  description = "Name of an existing load balancer."
  type        = string
}

data "aws_lb" "this" {
  name = var.load_balancer_name
}

module "domain" {
  source = "../.."

  domain_name            = "mock.example.com"
  zone_name              = "example.com"
  load_balancer_dns_name = data.aws_lb.this.dns_name
  load_balancer_zone_id  = data.aws_lb.this.zone_id
}

output "certificate_arn" {
  value = module.domain.certificate_arn
}
