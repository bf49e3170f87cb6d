mock_provider "aws" {}

# Terraform wants a reference to the module in each condition, and these are about its text: hence var.region.
run "no_data_sources" {
  command = plan

  variables {
    name               = "pet-dev"
    mode               = "private"
    availability_zones = ["us-east-1a", "us-east-1b"]
    region             = "us-east-1"
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
