locals {
  lb_metric = ["LoadBalancer", aws_lb.this.arn_suffix]
  tg_metric = ["TargetGroup", aws_lb_target_group.mock.arn_suffix, "LoadBalancer", aws_lb.this.arn_suffix]
  service   = ["ClusterName", aws_ecs_cluster.this.name, "ServiceName", aws_ecs_service.this.name]

  dashboard_charts = [
    {
      title = "Requests per minute"
      stat  = "Sum"
      metrics = [
        concat(["AWS/ApplicationELB", "RequestCount"], local.lb_metric),
      ]
    },
    {
      title = "Requests per minute and task"
      stat  = "Sum"
      metrics = [
        concat(["AWS/ApplicationELB", "RequestCountPerTarget"], local.tg_metric),
      ]
    },
    {
      title = "Response time, seconds (99th percentile)"
      stat  = "p99"
      metrics = [
        concat(["AWS/ApplicationELB", "TargetResponseTime"], local.lb_metric),
      ]
    },
    {
      title = "Errors per minute: of the load balancer, of the mock"
      stat  = "Sum"
      metrics = [
        concat(["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"], local.lb_metric),
        concat(["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"], local.lb_metric),
        concat(["AWS/ApplicationELB", "HTTPCode_Target_4XX_Count"], local.lb_metric),
      ]
    },
    {
      title = "CPU and memory, percent"
      stat  = "Average"
      metrics = [
        concat(["AWS/ECS", "CPUUtilization"], local.service),
        concat(["AWS/ECS", "MemoryUtilization"], local.service),
      ]
    },
    {
      title = "Tasks: healthy, unhealthy"
      stat  = "Maximum"
      metrics = [
        concat(["AWS/ApplicationELB", "HealthyHostCount"], local.tg_metric),
        concat(["AWS/ApplicationELB", "UnHealthyHostCount"], local.tg_metric),
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard_enabled ? 1 : 0

  # The dashboards of all regions share their names.
  dashboard_name = "${var.name}-${var.region}"
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { title = "Alarms", alarms = [for alarm in local.alarms : alarm.arn] }
      }],
      [for index, chart in local.dashboard_charts : {
        type   = "metric"
        x      = (index % 2) * 12
        y      = 3 + floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = chart.title
          region  = var.region
          view    = "timeSeries"
          period  = 60
          stat    = chart.stat
          metrics = chart.metrics
          yAxis   = { left = { min = 0 } }
        }
      }],
    )
  })
}
