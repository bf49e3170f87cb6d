# The subnet outputs carry the way out as a dependency. Whoever uses a subnet is created after its routes and
# is destroyed before them: tasks can pull images from the first second on, and the last request still gets out.

output "vpc_id" {
  description = "ID of the VPC."
  value       = local.is_new ? aws_vpc.this[0].id : try(var.existing.vpc_id, null)

  precondition {
    condition     = local.is_new || var.existing != null
    error_message = "Mode \"existing\" needs the existing network."
  }
}

output "load_balancer_subnet_ids" {
  description = "Subnets for the load balancer, one per zone; all of them have a route to the internet gateway."
  value       = local.is_new ? [for zone in var.availability_zones : aws_subnet.load_balancer[zone].id] : try(var.existing.load_balancer_subnet_ids, [])
  depends_on  = [aws_route.load_balancer_internet, aws_route_table_association.load_balancer]
}

output "task_subnet_ids" {
  description = "Subnets for the tasks, one per zone."
  value       = local.is_new ? [for zone in var.availability_zones : aws_subnet.task[zone].id] : try(var.existing.task_subnet_ids, [])
  depends_on = [
    aws_route.task,
    aws_route_table_association.task,
    aws_vpc_endpoint.s3,
    aws_vpc_endpoint.interface,
    aws_vpc_security_group_ingress_rule.endpoints_https,
  ]
}

output "assign_public_ip" {
  description = "Whether tasks need a public address to reach AWS."
  value       = local.is_new ? var.mode == "public" : try(var.existing.assign_public_ip, false)
}

output "nat_gateway_ids" {
  description = "IDs of the NAT gateways, in the order of the zones; empty without NAT."
  value       = [for zone in local.nat_zones : aws_nat_gateway.this[zone].id]
}

output "nat_public_ips" {
  description = "Public addresses from which the tasks reach the internet; empty without NAT."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}
