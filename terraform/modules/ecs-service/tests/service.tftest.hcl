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

run "small_task_fits_both_containers" {
  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].memory +
      jsondecode(aws_ecs_task_definition.this.container_definitions)[1].memoryReservation
    ) <= 512
    error_message = "the containers need more memory than the task has"
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].cpu +
      jsondecode(aws_ecs_task_definition.this.container_definitions)[1].cpu
    ) == 256
    error_message = "the containers share the CPU of the task"
  }

  assert {
    condition     = strcontains(aws_ecs_task_definition.this.container_definitions, "-XX:MaxRAMPercentage=40")
    error_message = "the heap of a small task is bounded"
  }
}

run "containers_start_in_order" {
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].dependsOn == [{ containerName = "loader", condition = "HEALTHY" }]
    error_message = "the mock server reads its file at the start, so it waits for the loader"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[1].healthCheck.command == ["CMD-SHELL", "test -s /automock/expectations.json"]
    error_message = "the loader is healthy when there is a file"
  }

  assert {
    condition = alltrue([
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].essential,
      !jsondecode(aws_ecs_task_definition.this.container_definitions)[1].essential,
      jsondecode(aws_ecs_task_definition.this.container_definitions)[1].restartPolicy.enabled,
    ])
    error_message = "the mock outlives its loader, which is started again"
  }

  assert {
    condition = alltrue([
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].mountPoints[0].readOnly,
      !jsondecode(aws_ecs_task_definition.this.container_definitions)[1].mountPoints[0].readOnly,
    ])
    error_message = "only the loader writes"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[1].command[0] == file("./files/loader.sh")
    error_message = "the loader runs the script of the module"
  }

  # ECS takes a task definition of 64 KiB, with all that it adds itself.
  assert {
    condition     = length(aws_ecs_task_definition.this.container_definitions) < 32768
    error_message = "the task definition is too long"
  }
}

run "mock_server_watches_and_never_forwards" {
  assert {
    condition = length(setsubtract(
      [
        "MOCKSERVER_INITIALIZATION_JSON_PATH=/automock/expectations.json",
        "MOCKSERVER_WATCH_INITIALIZATION_JSON=true",
        "MOCKSERVER_ATTEMPT_TO_PROXY_IF_NO_MATCHING_EXPECTATION=false",
        "MOCKSERVER_LOG_LEVEL=WARN",
        "MOCKSERVER_MAX_LOG_ENTRIES=1000",
        "MOCKSERVER_SERVER_PORT=1080",
      ],
      [for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${entry.name}=${entry.value}"],
    )) == 0
    error_message = "the mock server lacks a setting"
  }
}

run "environment_can_be_overridden" {
  variables {
    engine = {
      image       = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mock:1"
      port        = 8080
      environment = { MOCKSERVER_MAX_LOG_ENTRIES = "50", EXTRA = "1" }
    }
  }

  assert {
    condition = length(setsubtract(
      ["MOCKSERVER_MAX_LOG_ENTRIES=50", "EXTRA=1", "MOCKSERVER_SERVER_PORT=8080"],
      [for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${entry.name}=${entry.value}"],
    )) == 0
    error_message = "given variables win"
  }

  assert {
    condition     = one(aws_ecs_service.this.load_balancer).container_port == 8080 && aws_lb_target_group.mock.port == 8080 && aws_vpc_security_group_ingress_rule.task_mock.from_port == 8080
    error_message = "the port is the same everywhere"
  }
}

run "healthy_means_serving" {
  assert {
    condition     = aws_lb_target_group.mock.health_check[0].path == "/__automock/ready" && aws_lb_target_group.mock.health_check[0].matcher == "200"
    error_message = "a task is healthy when it serves its expectations"
  }

  assert {
    condition     = tonumber(aws_lb_target_group.mock.deregistration_delay) == 5
    error_message = "draining is quick"
  }
}

run "service_deploys_safely" {
  assert {
    condition = alltrue([
      aws_ecs_service.this.deployment_circuit_breaker[0].enable,
      aws_ecs_service.this.deployment_circuit_breaker[0].rollback,
      aws_ecs_service.this.deployment_minimum_healthy_percent == 100,
      aws_ecs_service.this.deployment_maximum_percent == 200,
      aws_ecs_service.this.desired_count == 10,
      !aws_ecs_service.this.wait_for_steady_state,
      !aws_ecs_service.this.enable_execute_command,
    ])
    error_message = "a bad deployment is rolled back, and no shell is offered"
  }

  assert {
    condition     = aws_lb.this.drop_invalid_header_fields && !aws_lb.this.enable_deletion_protection
    error_message = "the load balancer drops broken headers and can be deleted"
  }
}

run "desired_count_belongs_to_autoscaling" {
  variables {
    min_tasks = 20
  }

  assert {
    condition     = aws_ecs_service.this.desired_count == 10 && aws_appautoscaling_target.service.min_capacity == 20
    error_message = "a new minimum changes the scalable target and leaves the service alone"
  }
}

run "on_demand_only" {
  command = plan

  assert {
    condition     = [for strategy in aws_ecs_service.this.capacity_provider_strategy : strategy.capacity_provider] == ["FARGATE"]
    error_message = "no Spot unless asked for"
  }
}

run "mixed_capacity" {
  command = plan

  variables {
    capacity = { on_demand_base = 10, on_demand_weight = 30, spot_weight = 70 }
  }

  assert {
    condition = toset([
      for strategy in aws_ecs_service.this.capacity_provider_strategy : "${strategy.capacity_provider} ${coalesce(strategy.base, 0)} ${strategy.weight}"
    ]) == toset(["FARGATE 10 30", "FARGATE_SPOT 0 70"])
    error_message = "the base is on demand, and the weights divide the rest"
  }
}

run "spot_only" {
  command = plan

  variables {
    capacity = { on_demand_weight = 0, spot_weight = 1 }
  }

  assert {
    condition     = [for strategy in aws_ecs_service.this.capacity_provider_strategy : strategy.capacity_provider] == ["FARGATE_SPOT"]
    error_message = "Spot alone"
  }
}

run "every_log_group_has_a_retention" {
  variables {
    container_insights = true
    log_retention_days = 3
  }

  assert {
    condition = alltrue([
      for group in [aws_cloudwatch_log_group.mock, aws_cloudwatch_log_group.loader[0], aws_cloudwatch_log_group.container_insights[0]] : group.retention_in_days == 3
    ])
    error_message = "a log group without an end to its retention"
  }

  assert {
    condition     = output.log_group_names == ["/automock/pet-dev/mock", "/automock/pet-dev/loader", "/aws/ecs/containerinsights/pet-dev/performance"]
    error_message = "the output names all log groups"
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "enabled"
    error_message = "Container Insights is on"
  }
}

run "dashboard_is_optional" {
  variables {
    dashboard_enabled = false
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_name == null
    error_message = "no dashboard when not wanted"
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "disabled" && length(aws_cloudwatch_log_group.container_insights) == 0
    error_message = "Container Insights is off by default"
  }
}

run "fargate_pairs_are_checked" {
  command = plan

  variables {
    cpu        = 256
    memory_mib = 4096
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "latest_is_refused" {
  command = plan

  variables {
    engine = { image = "mockserver/mockserver:latest" }
  }

  expect_failures = [var.engine]
}

run "image_without_tag_is_refused" {
  command = plan

  variables {
    loader = { image = "public.ecr.aws/aws-cli/aws-cli" }
  }

  expect_failures = [var.loader]
}

run "long_load_balancer_name_is_refused" {
  command = plan

  variables {
    load_balancer_name = "a-name-of-more-than-thirty-two-letters"
  }

  expect_failures = [var.load_balancer_name]
}

run "deregistration_that_aws_refuses_is_refused" {
  command = plan

  variables {
    deregistration_delay_seconds = 3601
  }

  expect_failures = [var.deregistration_delay_seconds]
}

run "no_capacity_is_refused" {
  command = plan

  variables {
    capacity = { on_demand_base = 5, on_demand_weight = 0, spot_weight = 0 }
  }

  expect_failures = [var.capacity]
}

run "mockserver_needs_its_loader" {
  command = plan

  variables {
    loader = null
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "unknown_engine_is_refused" {
  command = plan

  variables {
    engine = { kind = "wiremock", image = "wiremock/wiremock:3" }
  }

  expect_failures = [var.engine]
}
