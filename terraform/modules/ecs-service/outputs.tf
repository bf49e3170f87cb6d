output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_ecs_cluster.this.arn
}

output "service_name" {
  description = "Name of the service."
  value       = aws_ecs_service.this.name
}

output "task_definition_arn" {
  description = "ARN of the task definition, revision included, that the service is given. ECS may have rolled the service back to an earlier one."
  value       = aws_ecs_task_definition.this.arn
}

output "load_balancer_arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "load_balancer_dns_name" {
  description = "DNS name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "load_balancer_zone_id" {
  description = "Hosted zone of the load balancer, for alias records."
  value       = aws_lb.this.zone_id
}

output "target_group_arn" {
  description = "ARN of the target group."
  value       = aws_lb_target_group.mock.arn
}

output "mock_url" {
  description = "Address of the mock."
  value       = "${local.url_scheme}://${local.url_host}"
}

output "control_url" {
  description = "Address of the control API, or null when it is closed."
  value       = local.control_open ? "${local.url_scheme}://${local.url_host}:${local.control_port}" : null
}

output "dashboard_name" {
  description = "Name of the dashboard, or null when there is none."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "alarm_names" {
  description = "Names of the alarms that the module creates. Target tracking adds alarms of its own."
  value       = local.alarm_names
}

output "log_group_names" {
  description = "Names of the log groups."
  value       = concat([aws_cloudwatch_log_group.mock.name], aws_cloudwatch_log_group.loader[*].name, aws_cloudwatch_log_group.container_insights[*].name)
}
