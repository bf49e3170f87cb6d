locals {
  service_dimensions = {
    ClusterName = aws_ecs_cluster.this.name
    ServiceName = aws_ecs_service.this.name
  }
  target_group_dimensions = {
    LoadBalancer = aws_lb.this.arn_suffix
    TargetGroup  = aws_lb_target_group.mock.arn_suffix
  }

  alarms = concat(
    values(aws_cloudwatch_metric_alarm.scale_out),
    aws_cloudwatch_metric_alarm.scale_in[*],
    [aws_cloudwatch_metric_alarm.unhealthy_tasks, aws_cloudwatch_metric_alarm.load_balancer_errors],
    aws_cloudwatch_metric_alarm.at_maximum[*],
  )
  alarm_names = [for alarm in local.alarms : alarm.alarm_name]
}

# ---- alarms that scale

resource "aws_cloudwatch_metric_alarm" "scale_out" {
  for_each = local.stepped_metrics

  alarm_name          = "${var.name}-${each.key}-high"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric_name
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.steps[0].above
  # No figures means no tasks or no requests: no reason to add any.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_appautoscaling_policy.scale_out[each.key].arn]
  tags               = var.tags
}

resource "aws_cloudwatch_metric_alarm" "scale_in" {
  count = local.is_stepped ? 1 : 0

  alarm_name          = "${var.name}-cpu-low"
  alarm_description   = "The CPU load of the tasks allows for fewer of them"
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  statistic           = "Average"
  dimensions          = local.service_dimensions
  period              = 60
  evaluation_periods  = var.scaling.scale_in.for_seconds / 60
  comparison_operator = "LessThanThreshold"
  threshold           = var.scaling.scale_in.below_percent
  # A gap in the figures is no proof of idleness.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_appautoscaling_policy.scale_in[0].arn]
  tags               = var.tags
}

# ---- alarms that inform

resource "aws_cloudwatch_metric_alarm" "unhealthy_tasks" {
  alarm_name          = "${var.name}-unhealthy-tasks"
  alarm_description   = "Tasks do not serve their expectations"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "UnHealthyHostCount"
  statistic           = "Maximum"
  dimensions          = local.target_group_dimensions
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  tags                = var.tags
}

# Only what the load balancer says itself: a mock may answer 5xx on purpose.
resource "aws_cloudwatch_metric_alarm" "load_balancer_errors" {
  alarm_name          = "${var.name}-load-balancer-5xx"
  alarm_description   = "The load balancer answers with errors of its own: no healthy task, or tasks that do not keep up"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_ELB_5XX_Count"
  statistic           = "Sum"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix }
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 10
  treat_missing_data  = "notBreaching"
  tags                = var.tags
}

# ECS reports the CPU load once per task and minute, so the number of samples is the number of running tasks. A count
# of tasks under its own name exists only with Container Insights.
resource "aws_cloudwatch_metric_alarm" "at_maximum" {
  count = var.min_tasks < var.max_tasks ? 1 : 0

  alarm_name          = "${var.name}-at-maximum"
  alarm_description   = "All ${var.max_tasks} tasks that autoscaling may start are running"
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  statistic           = "SampleCount"
  dimensions          = local.service_dimensions
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.max_tasks
  treat_missing_data  = "notBreaching"
  tags                = var.tags
}
