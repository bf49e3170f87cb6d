locals {
  is_stepped = var.scaling.kind == "steps"

  # Metrics that have steps, each with the shape of its alarm.
  stepped_metrics = local.is_stepped ? { for name, metric in {
    cpu = {
      steps       = var.scaling.cpu_steps
      namespace   = "AWS/ECS"
      metric_name = "CPUUtilization"
      statistic   = "Average"
      dimensions  = local.service_dimensions
      description = "The CPU load of the tasks calls for more of them"
    }
    memory = {
      steps       = var.scaling.memory_steps
      namespace   = "AWS/ECS"
      metric_name = "MemoryUtilization"
      statistic   = "Average"
      dimensions  = local.service_dimensions
      description = "The memory use of the tasks calls for more of them"
    }
    requests = {
      steps       = var.scaling.request_steps
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCountPerTarget"
      statistic   = "Sum"
      dimensions  = local.target_group_dimensions
      description = "The requests per task and minute call for more tasks"
    }
  } : name => metric if length(metric.steps) > 0 } : {}

  tracked_targets = local.is_stepped ? {} : { for name, target in {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", value = var.scaling.targets.cpu_percent }
    memory   = { metric = "ECSServiceAverageMemoryUtilization", value = var.scaling.targets.memory_percent }
    requests = { metric = "ALBRequestCountPerTarget", value = var.scaling.targets.requests_per_minute }
  } : name => target if target.value != null }
}

resource "aws_appautoscaling_target" "service" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  min_capacity       = var.min_tasks
  max_capacity       = var.max_tasks
  tags               = var.tags

  lifecycle {
    precondition {
      condition     = var.min_tasks <= var.max_tasks
      error_message = "The fewest tasks (${var.min_tasks}) are more than the most (${var.max_tasks})."
    }
  }
}

resource "aws_appautoscaling_policy" "scale_out" {
  for_each = local.stepped_metrics

  name               = "${var.name}-${each.key}-scale-out"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.service.service_namespace
  scalable_dimension = aws_appautoscaling_target.service.scalable_dimension
  resource_id        = aws_appautoscaling_target.service.resource_id

  step_scaling_policy_configuration {
    adjustment_type          = "PercentChangeInCapacity"
    min_adjustment_magnitude = 1
    metric_aggregation_type  = "Average"
    cooldown                 = var.scaling.scale_out_cooldown_seconds

    # Bounds count from the alarm's threshold, which is the start of the first step.
    dynamic "step_adjustment" {
      for_each = each.value.steps

      content {
        scaling_adjustment          = step_adjustment.value.add_percent
        metric_interval_lower_bound = step_adjustment.value.above - each.value.steps[0].above
        metric_interval_upper_bound = (
          step_adjustment.key == length(each.value.steps) - 1 ? null :
          each.value.steps[step_adjustment.key + 1].above - each.value.steps[0].above
        )
      }
    }
  }
}

resource "aws_appautoscaling_policy" "scale_in" {
  count = local.is_stepped ? 1 : 0

  name               = "${var.name}-cpu-scale-in"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.service.service_namespace
  scalable_dimension = aws_appautoscaling_target.service.scalable_dimension
  resource_id        = aws_appautoscaling_target.service.resource_id

  step_scaling_policy_configuration {
    adjustment_type          = "PercentChangeInCapacity"
    min_adjustment_magnitude = 1
    metric_aggregation_type  = "Average"
    cooldown                 = var.scaling.scale_in_cooldown_seconds

    step_adjustment {
      scaling_adjustment          = -var.scaling.scale_in.remove_percent
      metric_interval_upper_bound = 0
    }
  }
}

resource "aws_appautoscaling_policy" "tracking" {
  for_each = local.tracked_targets

  name               = "${var.name}-${each.key}-tracking"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service.service_namespace
  scalable_dimension = aws_appautoscaling_target.service.scalable_dimension
  resource_id        = aws_appautoscaling_target.service.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.value
    scale_out_cooldown = var.scaling.scale_out_cooldown_seconds
    scale_in_cooldown  = var.scaling.scale_in_cooldown_seconds

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.key == "requests" ? "${aws_lb.this.arn_suffix}/${aws_lb_target_group.mock.arn_suffix}" : null
    }
  }

  # AWS counts requests per target only once a listener sends some there.
  depends_on = [aws_lb_listener_rule.mock]
}
