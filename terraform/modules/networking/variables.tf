variable "name" {
  description = "Prefix of the Name tag of every resource, and name of the security group of the endpoints."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,199}$", var.name))
    error_message = "The name consists of letters, digits and hyphens, at most 200."
  }
}

variable "mode" {
  description = "How the tasks reach AWS: \"private\" (a NAT gateway in each zone), \"private-single-nat\" (one NAT gateway for all zones), \"private-endpoints\" (VPC endpoints, no way to the internet), \"public\" (tasks have public addresses) or \"existing\" (subnets that are there already)."
  type        = string

  validation {
    condition     = contains(["private", "private-single-nat", "private-endpoints", "public", "existing"], var.mode)
    error_message = "The mode is one of private, private-single-nat, private-endpoints, public and existing."
  }
}

variable "cidr" {
  description = "Address range of the new VPC, /16 to /22. Not used in mode \"existing\"."
  type        = string
  default     = "10.42.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 22, false)
    error_message = "The range is an IPv4 CIDR block from /16 to /22."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones to use, two or three. Not used in mode \"existing\"."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.availability_zones) <= 3 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "At most three availability zones, each named once."
  }
}

variable "region" {
  description = "Region of the provider, for the names of the VPC endpoint services."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "The region looks like us-east-1."
  }
}

variable "existing" {
  description = "The network to use in mode \"existing\": two or more subnets for the load balancer, one or more for the tasks, and whether tasks get a public address. Null in every other mode."
  type = object({
    vpc_id                   = string
    load_balancer_subnet_ids = list(string)
    task_subnet_ids          = list(string)
    assign_public_ip         = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.existing == null || try(length(var.existing.load_balancer_subnet_ids) >= 2 && length(var.existing.task_subnet_ids) >= 1, false)
    error_message = "An existing network has at least two subnets for the load balancer and at least one for the tasks."
  }
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
