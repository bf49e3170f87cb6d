resource "aws_cloudwatch_log_group" "mock" {
  name              = "${var.log_group_prefix}/mock"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

resource "aws_cloudwatch_log_group" "loader" {
  count = local.has_loader ? 1 : 0

  name              = "${var.log_group_prefix}/loader"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

# AWS prescribes the name. Created here, the group has a retention and is deleted with everything else.
resource "aws_cloudwatch_log_group" "container_insights" {
  count = var.container_insights ? 1 : 0

  name              = "/aws/ecs/containerinsights/${var.name}/performance"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}
