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

locals {
  name    = "example"
  region  = "us-east-1"
  account = data.aws_caller_identity.current.account_id
  bucket  = "example-mock-${local.region}-${local.account}"
  log     = "/example"
}

module "config_storage" {
  source = "../../../config-storage"

  bucket_name       = local.bucket
  expectations_file = "${path.module}/expectations.json"
}

# Public subnets: the cheapest network, good enough for a mock.
module "networking" {
  source = "../../../networking"

  name               = local.name
  mode               = "public"
  availability_zones = ["us-east-1a", "us-east-1b"]
  region             = local.region
}

module "iam" {
  source = "../../../iam"

  name                = local.name
  execution_role_name = "${local.name}-${local.region}-execution"
  task_role_name      = "${local.name}-${local.region}-task"
  config_bucket_arn   = module.config_storage.bucket_arn
  expectations_key    = module.config_storage.expectations_key
  log_group_arns = [
    for container in ["mock", "loader"] :
    "arn:aws:logs:${local.region}:${local.account}:log-group:${local.log}/${container}"
  ]
}

module "ecs_service" {
  source = "../.."

  name               = local.name
  load_balancer_name = local.name
  target_group_name  = "${local.name}-mock"
  region             = local.region
  log_group_prefix   = local.log

  vpc_id                   = module.networking.vpc_id
  load_balancer_subnet_ids = module.networking.load_balancer_subnet_ids
  task_subnet_ids          = module.networking.task_subnet_ids
  assign_public_ip         = module.networking.assign_public_ip

  cpu        = 256
  memory_mib = 512
  min_tasks  = 2
  max_tasks  = 10
  capacity   = { on_demand_base = 2, on_demand_weight = 30, spot_weight = 70 }

  engine             = { image = "mockserver/mockserver:5.15.0" }
  loader             = { image = "public.ecr.aws/aws-cli/aws-cli:2.17.0" }
  config_bucket_name = module.config_storage.bucket_name
  expectations_key   = module.config_storage.expectations_key
  execution_role_arn = module.iam.execution_role_arn
  task_role_arn      = module.iam.task_role_arn

  scaling = {
    kind = "steps"
    cpu_steps = [
      { above = 70, add_percent = 50 },
      { above = 80, add_percent = 100 },
      { above = 90, add_percent = 200 },
    ]
    scale_in = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
  }
}

output "mock_url" {
  value = module.ecs_service.mock_url
}
