locals {
  # What a task without a way to the internet needs: its images and its log. S3 has the free gateway endpoint.
  interface_services = var.mode == "private-endpoints" ? toset(["ecr.api", "ecr.dkr", "logs"]) : toset([])

  # The Chinese partition prefixes the names of some of its endpoint services.
  interface_service_prefix = startswith(var.region, "cn-") ? "cn.com.amazonaws" : "com.amazonaws"
}

# Free of charge, and it keeps image layers and expectations off the NAT gateways, which charge by the gigabyte.
resource "aws_vpc_endpoint" "s3" {
  count = local.is_new ? 1 : 0

  vpc_id            = aws_vpc.this[0].id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for zone in local.zones : aws_route_table.task[zone].id]
  tags              = merge(var.tags, { Name = "${var.name}-s3" })
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  vpc_id              = aws_vpc.this[0].id
  service_name        = "${each.value == "logs" ? "com.amazonaws" : local.interface_service_prefix}.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in local.zones : aws_subnet.task[zone].id]
  security_group_ids  = [aws_security_group.endpoints[0].id]
  tags                = merge(var.tags, { Name = "${var.name}-${each.value}" })
}

resource "aws_security_group" "endpoints" {
  count = length(local.interface_services) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "VPC endpoints of ${var.name}"
  vpc_id      = aws_vpc.this[0].id
  tags        = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_https" {
  for_each = length(local.interface_services) > 0 ? toset(local.zones) : toset([])

  security_group_id = aws_security_group.endpoints[0].id
  description       = "HTTPS from the tasks in ${each.value}"
  cidr_ipv4         = local.task_cidr[each.value]
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}
