mock_provider "aws" {}

# Terraform wants a reference to the module in each condition, and these are about its text: hence var.region.
run "no_data_sources" {
  command = plan

  variables {
    name                     = "pet-dev"
    load_balancer_name       = "pet-dev"
    target_group_name        = "pet-dev-mock"
    region                   = "us-east-1"
    log_group_prefix         = "/automock/pet-dev"
    vpc_id                   = "vpc-1"
    load_balancer_subnet_ids = ["subnet-1", "subnet-2"]
    task_subnet_ids          = ["subnet-3"]
    cpu                      = 256
    memory_mib               = 512
    min_tasks                = 1
    max_tasks                = 2
    engine                   = { image = "mockserver/mockserver:5.15.0" }
    loader                   = { image = "public.ecr.aws/aws-cli/aws-cli:2.17.0" }
    config_bucket_name       = "pet-dev-config"
    expectations_key         = "expectations.json"
    execution_role_arn       = "arn:aws:iam::123456789012:role/execution"
    task_role_arn            = "arn:aws:iam::123456789012:role/task"
    scaling                  = { kind = "target-tracking", targets = { cpu_percent = 60 } }
  }

  # A caller may put depends_on on this module. Terraform then reads its data sources only during apply, and
  # everything built on them would have to be replaced.
  assert {
    condition = var.region != "" && alltrue([
      for file in fileset(".", "*.tf") : length(regexall("(?m)^\\s*data\\s+\"", file(file))) == 0
    ])
    error_message = "this module must not read data sources"
  }

  # A second plan right after an apply must find nothing to do.
  assert {
    condition = var.region != "" && alltrue([
      for file in fileset(".", "*.tf") : length(regexall("timestamp\\(|plantimestamp\\(|uuid\\(", file(file))) == 0
    ])
    error_message = "this module must not depend on time or chance"
  }
}
