mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/pet-dev/0123456789abcdef"
      arn_suffix = "app/pet-dev/0123456789abcdef"
      dns_name   = "pet-dev-1.us-east-1.elb.amazonaws.com"
    }
  }

  mock_resource "aws_lb_target_group" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/pet-dev-mock/0123456789abcdef"
      arn_suffix = "targetgroup/pet-dev-mock/0123456789abcdef"
    }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/pet-dev/0123456789abcdef/0123456789abcdef" }
  }

  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:cluster/pet-dev" }
  }

  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/pet-dev:1" }
  }

  mock_resource "aws_appautoscaling_policy" {
    defaults = { arn = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:0:resource/ecs/service/pet-dev/pet-dev:policyName/x" }
  }

  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x" }
  }
}

variables {
  name                     = "pet-dev"
  load_balancer_name       = "pet-dev"
  target_group_name        = "pet-dev-mock"
  region                   = "us-east-1"
  log_group_prefix         = "/automock/pet-dev"
  vpc_id                   = "vpc-1"
  load_balancer_subnet_ids = ["subnet-1", "subnet-2"]
  task_subnet_ids          = ["subnet-3", "subnet-4"]
  cpu                      = 256
  memory_mib               = 512
  min_tasks                = 10
  max_tasks                = 200
  engine                   = { image = "mockserver/mockserver:5.15.0" }
  loader                   = { image = "public.ecr.aws/aws-cli/aws-cli:2.17.0" }
  config_bucket_name       = "pet-dev-config"
  expectations_key         = "expectations.json"
  execution_role_arn       = "arn:aws:iam::123456789012:role/execution"
  task_role_arn            = "arn:aws:iam::123456789012:role/task"

  # The preset "seed".
  scaling = {
    kind = "steps"
    cpu_steps = [
      { above = 70, add_percent = 50 },
      { above = 80, add_percent = 100 },
      { above = 90, add_percent = 200 },
    ]
    memory_steps = [
      { above = 70, add_percent = 50 },
      { above = 80, add_percent = 100 },
      { above = 90, add_percent = 200 },
    ]
    request_steps = [
      { above = 500, add_percent = 50 },
      { above = 1000, add_percent = 100 },
    ]
    scale_in = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
  }
}

run "control_is_closed" {
  assert {
    condition     = length(aws_lb_listener.control) == 0 && length(aws_lb_listener_rule.control_token) == 0 && length(aws_vpc_security_group_ingress_rule.load_balancer_control) == 0 && output.control_url == null
    error_message = "nobody reaches the control API by default"
  }

  assert {
    condition     = one(aws_lb_listener.http.default_action).type == "fixed-response" && aws_lb_listener.http.default_action[0].fixed_response[0].status_code == "403"
    error_message = "the listener refuses what no rule forwards"
  }

  assert {
    condition = alltrue([
      for rule in concat([aws_lb_listener_rule.control_prefix], values(aws_lb_listener_rule.control_paths)) :
      rule.priority < aws_lb_listener_rule.mock.priority && one(rule.action).fixed_response[0].status_code == "403"
    ])
    error_message = "control paths are refused before anything is forwarded"
  }

  assert {
    condition = one([
      for condition in aws_lb_listener_rule.control_prefix.condition : condition.path_pattern[0].values
    ]) == toset(["/mockserver*", "/_mockserver*", "http*"])
    error_message = "every method under /mockserver, the websockets and whole URLs are refused"
  }

  assert {
    condition = toset(flatten([
      for rule in aws_lb_listener_rule.control_paths : [for condition in rule.condition : [for pattern in condition.path_pattern : pattern.values]]
      ])) == toset([
      "/expectation", "/openapi", "/clear", "/reset", "/retrieve", "/verify", "/verifySequence", "/status", "/bind", "/stop",
      "/crud", "/crud/*", "/files/*", "/debugMismatch", "/configuration", "/grpc/*",
    ])
    error_message = "every control path without prefix is refused"
  }

  assert {
    condition = alltrue([
      for rule in aws_lb_listener_rule.control_paths :
      flatten([for condition in rule.condition : [for method in condition.http_request_method : method.values]]) == ["PUT"]
    ])
    error_message = "without prefix only PUT is control: a mock may answer GET /status"
  }

  assert {
    condition = alltrue([
      for rule in concat([aws_lb_listener_rule.control_prefix], values(aws_lb_listener_rule.control_paths)) :
      length(flatten([for condition in rule.condition : concat(
        flatten([for pattern in condition.path_pattern : pattern.values]),
        flatten([for method in condition.http_request_method : method.values]),
      )])) <= 5
    ])
    error_message = "AWS takes five condition values for a rule"
  }

  # What the API of AWS takes in a path pattern; a percent sign, for one, is refused.
  assert {
    condition = alltrue(flatten([
      for rule in concat([aws_lb_listener_rule.control_prefix], values(aws_lb_listener_rule.control_paths)) :
      [for condition in rule.condition : [for pattern in condition.path_pattern : [
        for value in pattern.values : can(regex("^[A-Za-z0-9_.$/~\"'@:+&*?-]{1,128}$", value))
      ]]]
    ]))
    error_message = "a pattern has a character that AWS refuses"
  }

  assert {
    condition = contains(
      [for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${entry.name}=${entry.value}"],
      "MOCKSERVER_CONTROL_PLANE_TLS_MUTUAL_AUTHENTICATION_REQUIRED=true",
    )
    error_message = "the second lock is on while control is closed"
  }
}

run "control_of_the_own_engine" {
  variables {
    engine        = { kind = "automock", image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/automock-server:1" }
    loader        = null
    control_cidrs = ["10.0.0.0/8"]
    control_token = "0123456789-abcdefghi"
  }

  assert {
    condition = contains(
      [for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${entry.name}=${entry.value}"],
      "AUTOMOCK_CONTROL_FROM=0.0.0.0/0",
    )
    error_message = "the engine takes control requests from the load balancer, which asks for the token"
  }
}

run "control_with_token" {
  variables {
    control_cidrs = ["10.0.0.0/8", "192.0.2.7/32"]
    control_token = "0123456789-abcdefghi"
  }

  assert {
    condition     = aws_lb_listener.control[0].port == 1081 && aws_lb_listener.control[0].default_action[0].fixed_response[0].status_code == "403"
    error_message = "a listener of its own that refuses by default"
  }

  assert {
    condition     = one([for condition in aws_lb_listener_rule.control_token[0].condition : [condition.http_header[0].http_header_name, one(condition.http_header[0].values)]]) == ["x-automock-control-token", "0123456789-abcdefghi"]
    error_message = "only requests with the token pass"
  }

  assert {
    condition = {
      for cidr, rule in aws_vpc_security_group_ingress_rule.load_balancer_control : cidr => [rule.from_port, rule.to_port]
      } == {
      "10.0.0.0/8"   = [1081, 1081]
      "192.0.2.7/32" = [1081, 1081]
    }
    error_message = "only the named ranges reach the control port"
  }

  assert {
    condition     = one(aws_lb_listener_rule.control_prefix.action).type == "fixed-response"
    error_message = "the mock listener stays closed"
  }

  assert {
    condition     = !strcontains(aws_ecs_task_definition.this.container_definitions, "MUTUAL_AUTHENTICATION")
    error_message = "the load balancer has no client certificate, so the second lock must be off"
  }

  assert {
    condition     = output.control_url == "http://pet-dev-1.us-east-1.elb.amazonaws.com:1081"
    error_message = "the output says where"
  }
}

run "https" {
  variables {
    control_cidrs = ["10.0.0.0/8"]
    control_token = "0123456789-abcdefghi"
    https_enabled = true
    https = {
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
      domain_name     = "mock.example.com"
    }
  }

  assert {
    condition     = aws_lb_listener.https[0].port == 443 && aws_lb_listener.https[0].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06" && aws_lb_listener.https[0].certificate_arn == "arn:aws:acm:us-east-1:123456789012:certificate/1"
    error_message = "HTTPS with TLS 1.3 on 443"
  }

  assert {
    condition     = one(aws_lb_listener.http.default_action).type == "redirect" && aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "port 80 redirects"
  }

  assert {
    condition     = aws_lb_listener.control[0].port == 8443 && aws_lb_listener.control[0].protocol == "HTTPS"
    error_message = "the token travels encrypted"
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.load_balancer_mock : rule.from_port]) == toset([80, 443])
    error_message = "callers reach both ports"
  }

  assert {
    condition     = output.mock_url == "https://mock.example.com" && output.control_url == "https://mock.example.com:8443"
    error_message = "the outputs use the domain"
  }
}

run "security_groups_are_tight" {
  variables {
    mock_cidrs = ["198.51.100.0/24"]
  }

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.load_balancer_mock : "${rule.cidr_ipv4} ${rule.from_port}"] == ["198.51.100.0/24 80"]
    error_message = "only the named range calls the mock"
  }

  assert {
    condition = alltrue([
      aws_vpc_security_group_egress_rule.load_balancer_mock.referenced_security_group_id == aws_security_group.task.id,
      aws_vpc_security_group_egress_rule.load_balancer_mock.from_port == 1080,
      aws_vpc_security_group_ingress_rule.task_mock.referenced_security_group_id == aws_security_group.load_balancer.id,
      aws_vpc_security_group_ingress_rule.task_mock.from_port == 1080,
    ])
    error_message = "load balancer and tasks talk to each other on the mock's port only"
  }

  assert {
    condition = toset(concat(
      [aws_vpc_security_group_egress_rule.task_https.to_port],
      [for rule in aws_vpc_security_group_egress_rule.task_dns : rule.to_port],
    )) == toset([443, 53])
    error_message = "tasks reach HTTPS and DNS"
  }
}

run "control_needs_a_token" {
  command = plan

  variables {
    control_cidrs = ["10.0.0.0/8"]
  }

  expect_failures = [aws_lb_listener.control]
}

run "short_token_is_refused" {
  command = plan

  variables {
    control_cidrs = ["10.0.0.0/8"]
    control_token = "0123456789-abcdefgh"
  }

  expect_failures = [var.control_token]
}

run "wildcard_token_is_refused" {
  command = plan

  variables {
    control_cidrs = ["10.0.0.0/8"]
    control_token = "**********************"
  }

  expect_failures = [var.control_token]
}

run "control_for_everybody_is_refused" {
  command = plan

  variables {
    control_cidrs = ["0.0.0.0/0"]
    control_token = "0123456789-abcdefghi"
  }

  expect_failures = [var.control_cidrs]
}

run "https_needs_a_certificate" {
  command = plan

  variables {
    https_enabled = true
  }

  expect_failures = [aws_lb_listener.https]
}

run "mock_ranges_are_checked" {
  command = plan

  variables {
    mock_cidrs = ["everywhere"]
  }

  expect_failures = [var.mock_cidrs]
}
