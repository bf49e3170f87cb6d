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
  engine                   = { kind = "automock", image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/automock-engine:1" }
  config_bucket_name       = "pet-dev-config"
  expectations_key         = "expectations.json"
  execution_role_arn       = "arn:aws:iam::123456789012:role/execution"
  task_role_arn            = "arn:aws:iam::123456789012:role/task"

  scaling = {
    kind    = "target-tracking"
    targets = { cpu_percent = 60 }
  }
}

# kind = "automock": a task is one container.

run "task_is_one_closed_container" {
  assert {
    condition     = [for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.name] == ["mock"]
    error_message = "there is one container"
  }

  assert {
    condition     = length(aws_ecs_task_definition.this.volume) == 0 && length(aws_cloudwatch_log_group.loader) == 0
    error_message = "without a loader there is neither a volume nor its log group"
  }

  assert {
    condition     = output.log_group_names == ["/automock/pet-dev/mock"]
    error_message = "the output names the only log group"
  }

  assert {
    condition = alltrue([
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem,
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "65532:65532",
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"],
      !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].dependsOn),
      !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].mountPoints),
    ])
    error_message = "the container writes nowhere, is not root, and has no capabilities"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].ulimits == [{ name = "nofile", softLimit = 65535, hardLimit = 65535 }]
    error_message = "the soft limit of open files is the hard one"
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].cpu == 256 &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].memory == 512
    )
    error_message = "the whole task is the engine's"
  }
}

# What ECS reads back: a definition without the empty list would differ from it, and be replaced by every apply.
run "capabilities_are_written_as_aws_reads_them_back" {
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.add == []
    error_message = "the list of added capabilities is there, and empty"
  }
}

run "engine_fetches_and_confirms" {
  assert {
    condition = sort([
      for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${entry.name}=${entry.value}"
      ]) == sort([
      "AWS_REGION=us-east-1",
      "AUTOMOCK_PORT=1080",
      "AUTOMOCK_SOURCE=s3://pet-dev-config/expectations.json",
      "AUTOMOCK_CONFIRM=s3://pet-dev-config/acks",
      "AUTOMOCK_POLL_SECONDS=2",
      "AUTOMOCK_DRAIN_SECONDS=35",
      "AUTOMOCK_GRACE_SECONDS=8",
    ])
    error_message = "the engine knows its source, and its control API stays closed"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 48
    error_message = "ECS waits for drain and grace"
  }
}

run "environment_can_be_overridden" {
  variables {
    engine = {
      kind         = "automock"
      image        = "mocks/automock-server:1"
      poll_seconds = 5
      environment  = { AUTOMOCK_GRACE_SECONDS = "3", EXTRA = "1" }
    }
  }

  assert {
    condition = length(setsubtract(
      ["AUTOMOCK_POLL_SECONDS=5", "AUTOMOCK_GRACE_SECONDS=3", "EXTRA=1"],
      [for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${entry.name}=${entry.value}"],
    )) == 0
    error_message = "given variables win"
  }
}

run "stop_timing_is_passed_on" {
  variables {
    engine                       = { kind = "automock", image = "mocks/automock-server:1", drain_seconds = 35, grace_seconds = 80 }
    deregistration_delay_seconds = 77
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 120 &&
      tonumber(aws_lb_target_group.mock.deregistration_delay) == 77
    )
    error_message = "the longest answer decides"
  }
}

run "stop_that_fargate_would_cut_is_refused" {
  command = plan

  variables {
    engine = { kind = "automock", image = "mocks/automock-server:1", drain_seconds = 35, grace_seconds = 81 }
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "loader_is_refused" {
  command = plan

  variables {
    loader = { image = "public.ecr.aws/aws-cli/aws-cli:2.17.0" }
  }

  expect_failures = [aws_ecs_task_definition.this]
}
