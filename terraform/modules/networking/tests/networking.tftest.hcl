mock_provider "aws" {}

variables {
  name               = "pet-dev"
  mode               = "private"
  cidr               = "10.42.0.0/16"
  availability_zones = ["us-east-1a", "us-east-1b"]
  region             = "us-east-1"
}

run "private_has_a_nat_gateway_in_each_zone" {
  assert {
    condition     = length(output.nat_gateway_ids) == 2 && length(output.nat_public_ips) == 2
    error_message = "one NAT gateway and one address for each zone"
  }

  assert {
    condition = alltrue([
      for zone in ["us-east-1a", "us-east-1b"] : aws_route.task[zone].nat_gateway_id == aws_nat_gateway.this[zone].id
    ])
    error_message = "tasks leave through the NAT gateway of their own zone"
  }

  assert {
    condition     = !output.assign_public_ip && alltrue([for route in aws_route.task : route.gateway_id == null])
    error_message = "private tasks have no public address and no route to the internet gateway"
  }

  assert {
    condition     = aws_vpc_endpoint.s3[0].vpc_endpoint_type == "Gateway" && length(aws_vpc_endpoint.s3[0].route_table_ids) == 2
    error_message = "every task subnet reaches S3 through the gateway endpoint"
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0
    error_message = "endpoints that cost are only for private-endpoints"
  }
}

run "subnets_divide_the_range" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  }

  assert {
    condition = [for zone in var.availability_zones : aws_subnet.task[zone].cidr_block] == [
      "10.42.0.0/18", "10.42.64.0/18", "10.42.128.0/18",
    ]
    error_message = "a quarter of the range for the tasks of each zone"
  }

  assert {
    condition = [for zone in var.availability_zones : aws_subnet.load_balancer[zone].cidr_block] == [
      "10.42.192.0/20", "10.42.208.0/20", "10.42.224.0/20",
    ]
    error_message = "the last quarter is for the load balancer"
  }
}

run "smallest_range_has_room" {
  command = plan

  variables {
    cidr = "192.168.4.0/22"
  }

  assert {
    condition     = aws_subnet.task["us-east-1b"].cidr_block == "192.168.5.0/24" && aws_subnet.load_balancer["us-east-1b"].cidr_block == "192.168.7.64/26"
    error_message = "251 addresses for tasks and 59 for the load balancer in each zone"
  }
}

run "single_nat_serves_all_zones" {
  variables {
    mode = "private-single-nat"
  }

  assert {
    condition     = length(output.nat_gateway_ids) == 1
    error_message = "one NAT gateway"
  }

  assert {
    condition = alltrue([
      for zone in ["us-east-1a", "us-east-1b"] : aws_route.task[zone].nat_gateway_id == aws_nat_gateway.this["us-east-1a"].id
    ])
    error_message = "both zones leave through the first zone"
  }
}

run "endpoints_replace_nat" {
  variables {
    mode = "private-endpoints"
  }

  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.interface : endpoint.service_name]) == toset(["com.amazonaws.us-east-1.ecr.api", "com.amazonaws.us-east-1.ecr.dkr", "com.amazonaws.us-east-1.logs"])
    error_message = "images and logs have endpoints"
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled]) && aws_vpc.this[0].enable_dns_hostnames
    error_message = "the endpoints answer under the usual names, which needs DNS host names in the VPC"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.task) == 0
    error_message = "there is no way to the internet"
  }

  assert {
    condition = toset([for rule in aws_vpc_security_group_ingress_rule.endpoints_https : "${rule.cidr_ipv4} ${rule.from_port}"]) == toset([
      "10.42.0.0/18 443", "10.42.64.0/18 443",
    ])
    error_message = "only tasks reach the endpoints"
  }
}

run "public_has_no_nat" {
  variables {
    mode = "public"
  }

  assert {
    condition     = output.assign_public_ip && length(aws_nat_gateway.this) == 0 && length(aws_eip.nat) == 0
    error_message = "public tasks have addresses of their own"
  }

  assert {
    condition     = length(aws_route.task) == 2 && alltrue([for route in aws_route.task : route.gateway_id == aws_internet_gateway.this[0].id])
    error_message = "every task subnet has a route to the internet gateway"
  }
}

run "existing_creates_nothing" {
  variables {
    mode               = "existing"
    availability_zones = []
    existing = {
      vpc_id                   = "vpc-1"
      load_balancer_subnet_ids = ["subnet-1", "subnet-2"]
      task_subnet_ids          = ["subnet-3"]
    }
  }

  assert {
    condition = alltrue([
      length(aws_vpc.this) == 0,
      length(aws_subnet.task) == 0,
      length(aws_subnet.load_balancer) == 0,
      length(aws_vpc_endpoint.s3) == 0,
      length(aws_internet_gateway.this) == 0,
      length(aws_nat_gateway.this) == 0,
    ])
    error_message = "an existing network stays as it is"
  }

  assert {
    condition     = output.vpc_id == "vpc-1" && output.load_balancer_subnet_ids == tolist(["subnet-1", "subnet-2"]) && output.task_subnet_ids == tolist(["subnet-3"]) && !output.assign_public_ip
    error_message = "outputs pass the existing network on"
  }
}

run "existing_must_be_given" {
  command = plan

  variables {
    mode               = "existing"
    availability_zones = []
  }

  expect_failures = [output.vpc_id]
}

run "existing_needs_its_mode" {
  command = plan

  variables {
    existing = {
      vpc_id                   = "vpc-1"
      load_balancer_subnet_ids = ["subnet-1", "subnet-2"]
      task_subnet_ids          = ["subnet-3"]
    }
  }

  expect_failures = [aws_vpc.this]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    availability_zones = ["us-east-1a"]
  }

  expect_failures = [aws_vpc.this]
}

run "unknown_mode_is_refused" {
  command = plan

  variables {
    mode = "secret"
  }

  expect_failures = [var.mode]
}

run "range_is_checked" {
  command = plan

  variables {
    cidr = "10.42.0.0/24"
  }

  expect_failures = [var.cidr]
}
