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

run "seed_steps_have_the_right_bounds" {
  # 70 to 80 adds 50 %, 80 to 90 adds 100 %, 90 and more adds 200 %. Bounds count from the alarm's threshold.
  assert {
    condition = alltrue([
      for metric in ["cpu", "memory"] : toset([
        for step in aws_appautoscaling_policy.scale_out[metric].step_scaling_policy_configuration[0].step_adjustment :
        "${step.metric_interval_lower_bound}..${step.metric_interval_upper_bound == null ? "" : step.metric_interval_upper_bound} +${step.scaling_adjustment}"
      ]) == toset(["0..10 +50", "10..20 +100", "20.. +200"])
    ])
    error_message = "CPU and memory steps start 0, 10 and 20 points above the alarm"
  }

  assert {
    condition = toset([
      for step in aws_appautoscaling_policy.scale_out["requests"].step_scaling_policy_configuration[0].step_adjustment :
      "${step.metric_interval_lower_bound}..${step.metric_interval_upper_bound == null ? "" : step.metric_interval_upper_bound} +${step.scaling_adjustment}"
    ]) == toset(["0..500 +50", "500.. +100"])
    error_message = "request steps start 0 and 500 requests above the alarm"
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.scale_out : name => [alarm.threshold, alarm.period * alarm.evaluation_periods, alarm.comparison_operator] } == {
      cpu      = [70, 60, "GreaterThanOrEqualToThreshold"]
      memory   = [70, 60, "GreaterThanOrEqualToThreshold"]
      requests = [500, 60, "GreaterThanOrEqualToThreshold"]
    }
    error_message = "each alarm fires at the start of its first step, after a minute"
  }

  assert {
    condition = alltrue([
      for policy in concat(values(aws_appautoscaling_policy.scale_out), aws_appautoscaling_policy.scale_in[*]) :
      policy.step_scaling_policy_configuration[0].adjustment_type == "PercentChangeInCapacity" && policy.step_scaling_policy_configuration[0].min_adjustment_magnitude == 1
    ])
    error_message = "percentages of the running tasks, and at least one task"
  }
}

run "seed_scales_in_when_idle" {
  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.scale_in[0].metric_name == "CPUUtilization",
      aws_cloudwatch_metric_alarm.scale_in[0].comparison_operator == "LessThanThreshold",
      aws_cloudwatch_metric_alarm.scale_in[0].threshold == 40,
      aws_cloudwatch_metric_alarm.scale_in[0].period == 60,
      aws_cloudwatch_metric_alarm.scale_in[0].evaluation_periods == 5,
    ])
    error_message = "below 40 % CPU for five minutes"
  }

  assert {
    condition = alltrue([
      for step in aws_appautoscaling_policy.scale_in[0].step_scaling_policy_configuration[0].step_adjustment :
      step.scaling_adjustment == -25 && step.metric_interval_upper_bound == "0" && step.metric_interval_lower_bound == null
    ])
    error_message = "a quarter of the tasks goes"
  }

  assert {
    condition = [
      aws_appautoscaling_policy.scale_out["cpu"].step_scaling_policy_configuration[0].cooldown,
      aws_appautoscaling_policy.scale_in[0].step_scaling_policy_configuration[0].cooldown,
    ] == [60, 300]
    error_message = "quick to grow, slow to shrink"
  }
}

run "only_metrics_with_steps_have_alarms" {
  variables {
    scaling = {
      kind          = "steps"
      request_steps = [{ above = 6000, add_percent = 30 }]
      scale_in      = { below_percent = 40, remove_percent = 25, for_seconds = 600 }
    }
  }

  assert {
    condition = toset(output.alarm_names) == toset([
      "pet-dev-requests-high", "pet-dev-cpu-low", "pet-dev-unhealthy-tasks", "pet-dev-load-balancer-5xx", "pet-dev-at-maximum",
    ])
    error_message = "no alarm for a metric without steps"
  }

  assert {
    condition = alltrue([
      for step in aws_appautoscaling_policy.scale_out["requests"].step_scaling_policy_configuration[0].step_adjustment :
      step.metric_interval_lower_bound == "0" && step.metric_interval_upper_bound == null
    ])
    error_message = "a single step has no upper end"
  }
}

run "target_tracking" {
  variables {
    scaling = {
      kind                       = "target-tracking"
      scale_out_cooldown_seconds = 30
      targets                    = { cpu_percent = 60, requests_per_minute = 3000 }
    }
  }

  assert {
    condition     = toset(keys(aws_appautoscaling_policy.tracking)) == toset(["cpu", "requests"]) && length(aws_appautoscaling_policy.scale_out) == 0 && length(aws_appautoscaling_policy.scale_in) == 0
    error_message = "one policy for each target and no steps"
  }

  assert {
    condition     = one(one(aws_appautoscaling_policy.tracking["requests"].target_tracking_scaling_policy_configuration).predefined_metric_specification).resource_label == "app/pet-dev/0123456789abcdef/targetgroup/pet-dev-mock/0123456789abcdef"
    error_message = "the label names load balancer and target group"
  }

  assert {
    condition     = toset(output.alarm_names) == toset(["pet-dev-unhealthy-tasks", "pet-dev-load-balancer-5xx", "pet-dev-at-maximum"])
    error_message = "target tracking brings alarms of its own"
  }
}

run "fixed_size_is_never_at_its_maximum" {
  variables {
    min_tasks = 3
    max_tasks = 3
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.at_maximum) == 0
    error_message = "a fixed number of tasks is no reason for an alarm"
  }
}

run "fewest_may_not_exceed_most" {
  command = plan

  variables {
    min_tasks = 20
    max_tasks = 10
  }

  expect_failures = [aws_appautoscaling_target.service]
}

run "steps_must_ascend" {
  command = plan

  variables {
    scaling = {
      kind      = "steps"
      cpu_steps = [{ above = 80, add_percent = 50 }, { above = 70, add_percent = 100 }]
      scale_in  = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
    }
  }

  expect_failures = [var.scaling]
}

run "equal_steps_are_refused" {
  command = plan

  variables {
    scaling = {
      kind      = "steps"
      cpu_steps = [{ above = 70, add_percent = 50 }, { above = 70, add_percent = 100 }]
      scale_in  = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
    }
  }

  expect_failures = [var.scaling]
}

run "steps_must_add" {
  command = plan

  variables {
    scaling = {
      kind      = "steps"
      cpu_steps = [{ above = 70, add_percent = 0 }]
      scale_in  = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
    }
  }

  expect_failures = [var.scaling]
}

run "percent_ends_at_a_hundred" {
  command = plan

  variables {
    scaling = {
      kind         = "steps"
      memory_steps = [{ above = 100, add_percent = 50 }]
      scale_in     = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
    }
  }

  expect_failures = [var.scaling]
}

run "steps_need_steps" {
  command = plan

  variables {
    scaling = {
      kind     = "steps"
      scale_in = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
    }
  }

  expect_failures = [var.scaling]
}

run "steps_need_scale_in" {
  command = plan

  variables {
    scaling = {
      kind      = "steps"
      cpu_steps = [{ above = 70, add_percent = 50 }]
    }
  }

  expect_failures = [var.scaling]
}

run "shrinking_stays_below_growing" {
  command = plan

  variables {
    scaling = {
      kind      = "steps"
      cpu_steps = [{ above = 40, add_percent = 50 }]
      scale_in  = { below_percent = 40, remove_percent = 25, for_seconds = 300 }
    }
  }

  expect_failures = [var.scaling]
}

run "tracking_needs_a_target" {
  command = plan

  variables {
    scaling = {
      kind = "target-tracking"
    }
  }

  expect_failures = [var.scaling]
}

run "unknown_kind_is_refused" {
  command = plan

  variables {
    scaling = {
      kind = "magic"
    }
  }

  expect_failures = [var.scaling]
}
